import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import { queryLink } from "../../parts/query-link";
import { Answer, useAnswer } from "./answer";
import { MEASURES } from "./measures";
import { linesOf, trendLines, trendRows } from "./trend-lines";
import { AdjustedTrend, Outlook, Trend } from "./trend-queries";
import { AdjustedWords, OutlookWords } from "./trend-words";
import type { ViewControl } from "./use-view";

/** Pay that everybody gets: of what many get nothing of, no trend can be fitted. */
const FITTED = ["BASE_SALARY", "TOTAL_CASH", "TOTAL_COMPENSATION"] as const;

/**
 * Pay over time: as it is told, at an equal mix of records, and as it may go on. The last two are fitted, which takes a moment the first
 * time: each comes when it is there, and is asked for only while somebody looks.
 */
export default function TrendSection({ view, cohort, change, seen }: ViewControl & { seen: boolean }) {
  const { measure, interval } = view;
  const fitted = FITTED.some((name) => name === measure);
  const quarters = interval === "QUARTER";
  const raw = useAnswer(Trend, { ...cohort, measure, interval }, !seen);
  const adjusted = useAnswer(AdjustedTrend, { ...cohort, measure, interval }, !seen || !fitted);
  const outlook = useAnswer(Outlook, { ...cohort, measure }, !seen || !fitted || !quarters);

  // What is fitted joins the picture once it answers the same question as the line that is there.
  const same = (other: typeof raw.asked) => JSON.stringify(other) === JSON.stringify(raw.asked);
  const mixed = fitted && same(adjusted.asked) ? adjusted.data : undefined;
  const next = fitted && quarters && same({ ...outlook.asked, interval }) ? outlook.data : undefined;
  const { currency } = raw.asked;
  const lines = useMemo(() => linesOf(raw.data, mixed, next, currency), [raw.data, mixed, next, currency]);
  const draw = useMemo(() => trendLines(lines), [lines]);
  const told = lines.raw.some(({ at }) => at !== null);
  if (raw.data && !told && !raw.fetching) return null;

  const [first, last] = [lines.raw[0], lines.raw.at(-1)];
  return (
    <Chart
      title="Over time"
      name={`payrank-trend-of-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={`${MEASURES[raw.asked.measure].label} from ${first?.period} to ${last?.period}${next ? " with an outlook" : ""}; the table has its figures.`}
      rows={trendRows(lines)}
      height={300}
      draw={told ? draw : null}
      busy={raw.fetching}
      query={fitted ? queryLink(AdjustedTrend, raw.asked) : queryLink(Trend, raw.asked)}
    >
      <div className="controls">
        <fieldset className="choice">
          <legend className="visually-hidden">Periods</legend>
          {(["QUARTER", "YEAR"] as const).map((one) => (
            <label key={one}>
              <input type="radio" name="interval" checked={interval === one} onChange={() => change({ interval: one })} />
              {one === "YEAR" ? "Years" : "Quarters"}
            </label>
          ))}
        </fieldset>
        <p className="legend">
          <span className={fitted ? "key key-told" : "key"}>{lines.unit === "SCORE_1_TO_5" ? "mean" : "median"} as told{!fitted && ", with its 95% interval"}</span>
          {mixed && <span className="key key-mixed">at an equal mix of records, with its 95% interval</span>}
          {next && <span className="key key-next">outlook</span>}
        </p>
      </div>
      <Answer of={raw} what="the trend">
        {() => (
          <div className="fitted" aria-live="polite">
            {fitted && (
              <Answer of={adjusted} what="pay at an equal mix of records" tall={false}>
                {({ cohort: found }) => <AdjustedWords trend={found.trend} />}
              </Answer>
            )}
            {fitted && quarters && (
              <Answer of={outlook} what="the outlook" tall={false}>
                {({ cohort: found }, asked) => found.outlook && <OutlookWords outlook={found.outlook} currency={asked.currency} />}
              </Answer>
            )}
            {!fitted && <p className="quiet">The line also moves when other people tell. Base salary and total pay are also shown at an equal mix of records.</p>}
          </div>
        )}
      </Answer>
    </Chart>
  );
}
