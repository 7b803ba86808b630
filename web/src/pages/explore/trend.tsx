import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import { countOf, periodName } from "../../components/format";
import { queryLink, Result, useLatestResult } from "../../components/query";
import { graphql } from "../../gql";
import type { AdjustedTrendQuery, Interval, OutlookQuery, TrendQuery, Unit } from "../../gql/graphql";
import { MEASURES, roundedFigure } from "./measures";
import { linesOf, trendLines, trendRows } from "./trend-lines";
import type { ViewControl } from "./view";

/** Reported medians: fast, so they never wait for the fitted lines. */
const Trend = graphql(`
  query Trend($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $interval: Interval!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      trend(measure: $measure, interval: $interval) {
        period
        start
        change
        stats { unit count p50 interval { low high } mean meanInterval { low high } }
        cautions { code }
      }
    }
  }
`);

/** Mix-adjusted medians, from a regression. */
const AdjustedTrend = graphql(`
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

/** The forecast of the next quarters. */
const Outlook = graphql(`
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

const MAX_NAMES = 8; // of periods in a note

/** The measures that everybody has; a trend of the others, which are zero for many, cannot be fitted. */
const FITTED = ["BASE_SALARY", "TOTAL_CASH", "TOTAL_COMPENSATION"] as const;

/** The periods that are shown: those chosen, or those that the records report once that is known. */
function useShownInterval(
  { view, measure, cohort }: Pick<ViewControl, "view" | "measure" | "cohort">,
  visible: boolean,
): { interval: Interval; known: boolean } {
  const chosen = view.interval;
  const { data, error } = useLatestResult(
    Trend,
    { ...cohort, measure, interval: "QUARTER" },
    !visible || chosen !== null,
  );
  if (chosen) return { interval: chosen, known: true };
  return { interval: reportsYears(data) ? "YEAR" : "QUARTER", known: Boolean(data ?? error) };
}

/** Whether the records report only the year of their pay, which counts for its first quarter. */
function reportsYears(quarters: TrendQuery | undefined): boolean {
  const reported = (quarters?.cohort.trend ?? []).filter(({ stats }) => stats);
  return reported.length > 1 && reported.every(({ period }) => period.endsWith("-q1"));
}

/**
 * Pay over time: the reported medians, the mix-adjusted medians and the outlook. The last two are fitted, which takes a moment
 * the first time: each is added when it arrives, and queried only while the section is visible.
 */
export default function TrendSection({ view, measure, cohort, change, visible }: ViewControl & { visible: boolean }) {
  const fitted = FITTED.some((name) => name === measure);
  const { interval, known } = useShownInterval({ view, measure, cohort }, visible);
  const quarterly = interval === "QUARTER";
  const paused = !visible || !known;
  const raw = useLatestResult(Trend, { ...cohort, measure, interval }, paused);
  const adjusted = useLatestResult(AdjustedTrend, { ...cohort, measure, interval }, paused || !fitted);
  const outlook = useLatestResult(Outlook, { ...cohort, measure }, paused || !fitted || !quarterly);

  // A fitted line is added once it has the same variables as the reported line.
  const isSame = (other: typeof raw.variables) => JSON.stringify(other) === JSON.stringify(raw.variables);
  const adjustedData = fitted && isSame(adjusted.variables) ? adjusted.data : undefined;
  const outlookData = fitted && quarterly && isSame({ ...outlook.variables, interval }) ? outlook.data : undefined;
  const { currency } = raw.variables;
  const lines = useMemo(
    () => linesOf(raw.data, adjustedData, outlookData, currency),
    [raw.data, adjustedData, outlookData, currency],
  );
  const draw = useMemo(() => trendLines(lines), [lines]);
  const hasPoints = lines.raw.some(({ value }) => value !== null);
  if (raw.data && !hasPoints && !raw.fetching) return null;

  const [first, last] = [lines.raw[0], lines.raw.at(-1)];
  return (
    <Chart
      title="Over time"
      name={`payrank-trend-of-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={`${MEASURES[raw.variables.measure].label} from ${first?.period} to ${last?.period}${outlookData ? " with an outlook" : ""}; the table has the figures.`}
      rows={trendRows(lines)}
      height={300}
      draw={hasPoints ? draw : null}
      busy={raw.fetching}
      query={fitted ? queryLink(AdjustedTrend, raw.variables) : queryLink(Trend, raw.variables)}
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
        <Legend unit={lines.unit} fitted={fitted} adjusted={Boolean(adjustedData)} outlook={Boolean(outlookData)} />
      </div>
      <Result of={raw} what="the trend">
        {(data) => (
          <div className="fitted" aria-live="polite">
            <PeriodsOfOtherSources trend={data.cohort.trend} />
            {fitted && (
              <Result of={adjusted} what="the mix-adjusted median" tall={false}>
                {(data) => <AdjustedText trend={data.cohort.trend} />}
              </Result>
            )}
            {fitted && quarterly && (
              <Result of={outlook} what="the outlook" tall={false}>
                {(data, variables) =>
                  data.cohort.outlook && <OutlookText outlook={data.cohort.outlook} currency={variables.currency} />
                }
              </Result>
            )}
            {!fitted && (
              <p className="quiet">
                The line also moves when the mix of records changes. Base salary and total pay also have a mix-adjusted
                median.
              </p>
            )}
          </div>
        )}
      </Result>
    </Chart>
  );
}

/** The periods whose records come mostly from other data sets than those that they follow. */
function PeriodsOfOtherSources({ trend }: { trend: TrendQuery["cohort"]["trend"] }) {
  const names = trend
    .filter(({ cautions }) => cautions.some(({ code }) => code === "DIFFERENT_SOURCES"))
    .map(({ period }) => periodName(period));
  return (
    names.length > 0 && (
      <p className="note">
        Mostly from other data sets than the period or year before, which may explain the change:{" "}
        {names.slice(0, MAX_NAMES).join(", ")}
        {names.length > MAX_NAMES && ` and ${names.length - MAX_NAMES} more`}. Filter by source type or data set to
        compare like with like.
      </p>
    )
  );
}

/** Names the lines that are drawn. */
function Legend({ unit, fitted, ...drawn }: { unit: Unit; fitted: boolean; adjusted: boolean; outlook: boolean }) {
  return (
    <p className="legend">
      <span className={fitted ? "key key-reported" : "key"}>
        Reported {unit === "SCORE_1_TO_5" ? "mean" : "median"}
        {!fitted && " with 95% CI"}
      </span>
      {drawn.adjusted && <span className="key key-adjusted">mix-adjusted median with 95% CI</span>}
      {drawn.outlook && <span className="key key-outlook">outlook</span>}
    </p>
  );
}

/** The change of pay for the same work within a year. */
function AdjustedText({ trend }: { trend: AdjustedTrendQuery["cohort"]["trend"] }) {
  const last = trend.findLast(({ adjustedChange }) => adjustedChange !== null);
  if (last?.adjustedChange !== null && last?.adjustedChange !== undefined) {
    return (
      <p>
        In {periodName(last.period)}, pay for the same work was <b>{Math.abs(last.adjustedChange).toFixed(1)}%</b>{" "}
        {last.adjustedChange < 0 ? "below" : "above"} that of a year before.
      </p>
    );
  }
  if (trend.some(({ adjusted }) => adjusted !== null)) return null;
  return (
    <p className="quiet">
      Not enough records for a mix-adjusted median: the reported median also moves when the mix of records changes.
    </p>
  );
}

/** The forecast, its uncertainty and its method. */
function OutlookText({
  outlook,
  currency,
}: {
  outlook: NonNullable<OutlookQuery["cohort"]["outlook"]>;
  currency: string;
}) {
  const { points, reason, method, backtestError, naiveError, records, quartersUsed } = outlook;
  const last = points.at(-1);
  if (!last) return <p className="quiet">No outlook. {reason}</p>;
  const format = (value: number) => roundedFigure(value, "MONEY_PER_YEAR", currency);
  return (
    <>
      <p>
        By {periodName(last.period)} it may be <b>{format(last.median)}</b> (95%: {format(last.interval.low)} to{" "}
        {format(last.interval.high)}).
        {backtestError !== null && naiveError !== null && (
          <>
            {" "}
            In backtests such forecasts were {backtestError.toFixed(1)}% off on average; assuming no change was{" "}
            {naiveError.toFixed(1)}% off
            {naiveError < backtestError && ", so rely less on the trend"}.
          </>
        )}
      </p>
      <details className="method">
        <summary>Method</summary>
        <p>
          {method} Based on {countOf(records, "record")} from {countOf(quartersUsed, "quarter")}.
        </p>
      </details>
    </>
  );
}
