import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import { count } from "../../components/format";
import { Answer, queryLink, useAnswer } from "../../components/query";
import { graphql } from "../../gql";
import type { AdjustedTrendQuery, OutlookQuery } from "../../gql/graphql";
import { MEASURES, roughly } from "./measures";
import { linesOf, trendLines, trendRows } from "./trend-lines";
import type { ViewControl } from "./view";

/** Medians as they are told: quick, so they never wait for what is fitted. */
export const Trend = graphql(`
  query Trend($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $interval: Interval!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      trend(measure: $measure, interval: $interval) {
        period
        start
        change
        stats { unit count p50 interval { low high } mean meanInterval { low high } }
      }
    }
  }
`);

/** Pay at an equal mix of records, by a regression. */
export const AdjustedTrend = graphql(`
  query AdjustedTrend($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $interval: Interval!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      trend(measure: $measure, interval: $interval) {
        period
        start
        adjusted
        adjustedInterval { low high }
        adjustedChange
      }
    }
  }
`);

/** The next quarters, by a model of the last ones. */
export const Outlook = graphql(`
  query Outlook($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      outlook(measure: $measure) {
        points { period start median interval { low high } }
        reason
        method
        backtestError
        naiveError
        records
        quartersUsed
      }
    }
  }
`);

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
              <input
                type="radio"
                name="interval"
                checked={interval === one}
                onChange={() => change({ interval: one })}
              />
              {one === "YEAR" ? "Years" : "Quarters"}
            </label>
          ))}
        </fieldset>
        <p className="legend">
          <span className={fitted ? "key key-told" : "key"}>
            {lines.unit === "SCORE_1_TO_5" ? "mean" : "median"} as told{!fitted && ", with its 95% interval"}
          </span>
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
                {({ cohort: found }, asked) =>
                  found.outlook && <OutlookWords outlook={found.outlook} currency={asked.currency} />
                }
              </Answer>
            )}
            {!fitted && (
              <p className="quiet">
                The line also moves when other people tell. Base salary and total pay are also shown at an equal mix of
                records.
              </p>
            )}
          </div>
        )}
      </Answer>
    </Chart>
  );
}

/** How far pay for the same work has moved within a year. */
export function AdjustedWords({ trend }: { trend: AdjustedTrendQuery["cohort"]["trend"] }) {
  const last = trend.findLast(({ adjustedChange }) => adjustedChange !== null);
  if (last?.adjustedChange !== null && last?.adjustedChange !== undefined) {
    return (
      <p>
        In {last.period}, pay for the same work was <b>{Math.abs(last.adjustedChange).toFixed(1)}%</b>{" "}
        {last.adjustedChange < 0 ? "below" : "above"} that of a year before.
      </p>
    );
  }
  if (trend.some(({ adjusted }) => adjusted !== null)) return null;
  return (
    <p className="quiet">
      Too few records to tell pay at an equal mix: the line shows them as they are, so it also moves when other people
      tell.
    </p>
  );
}

/** What is expected, how sure that is, and what it rests on. */
export function OutlookWords({
  outlook,
  currency,
}: {
  outlook: NonNullable<OutlookQuery["cohort"]["outlook"]>;
  currency: string;
}) {
  const { points, reason, method, backtestError, naiveError, records, quartersUsed } = outlook;
  const last = points.at(-1);
  if (!last) return <p className="quiet">No outlook. {reason}</p>;
  const told = (value: number) => roughly(value, "MONEY_PER_YEAR", currency);
  return (
    <>
      <p>
        By {last.period} it may be <b>{told(last.median)}</b> (95%: {told(last.interval.low)} to{" "}
        {told(last.interval.high)}).
        {backtestError !== null && naiveError !== null && (
          <>
            {" "}
            Such forecasts were {backtestError.toFixed(1)}% off on average; taking the last quarter to stay would have
            been {naiveError.toFixed(1)}% off
            {naiveError < backtestError && ", so trust the trend less"}.
          </>
        )}
      </p>
      <details className="method">
        <summary>How it is made</summary>
        <p>
          {method} It rests on {count(records)} records of {count(quartersUsed)} quarters.
        </p>
      </details>
    </>
  );
}
