import type { AdjustedTrendQuery, OutlookQuery } from "../../gql/graphql";
import { count } from "../../parts/format";
import { roughly } from "./measures";

/** How far pay for the same work has moved within a year. */
export function AdjustedWords({ trend }: { trend: AdjustedTrendQuery["cohort"]["trend"] }) {
  const last = trend.findLast(({ adjustedChange }) => adjustedChange !== null);
  if (last?.adjustedChange !== null && last?.adjustedChange !== undefined) {
    return (
      <p>
        In {last.period}, pay for the same work was <b>{Math.abs(last.adjustedChange).toFixed(1)}%</b> {last.adjustedChange < 0 ? "below" : "above"} that of a
        year before.
      </p>
    );
  }
  if (trend.some(({ adjusted }) => adjusted !== null)) return null;
  return <p className="quiet">Too few records to tell pay at an equal mix: the line shows them as they are, so it also moves when other people tell.</p>;
}

/** What is expected, how sure that is, and what it rests on. */
export function OutlookWords({ outlook, currency }: { outlook: NonNullable<OutlookQuery["cohort"]["outlook"]>; currency: string }) {
  const { points, reason, method, backtestError, naiveError, records, quartersUsed } = outlook;
  const last = points.at(-1);
  if (!last) return <p className="quiet">No outlook. {reason}</p>;
  const told = (value: number) => roughly(value, "MONEY_PER_YEAR", currency);
  return (
    <>
      <p>
        By {last.period} it may be <b>{told(last.median)}</b> (95%: {told(last.interval.low)} to {told(last.interval.high)}).
        {backtestError !== null && naiveError !== null && (
          <>
            {" "}
            Such forecasts were {backtestError.toFixed(1)}% off on average; taking the last quarter to stay would have been {naiveError.toFixed(1)}% off
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
