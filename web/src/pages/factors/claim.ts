import type { AnyVariables, TypedDocumentNode } from "urql";
import { countOf, signedPercent } from "../../components/format";
import type { Factor } from "../../gql/graphql";
import type { OfficialComparison } from "./official-comparison";
import type { Need, Scope } from "./scope";

/** A common statement about pay, and how it is tested on the records. */
export interface Claim {
  id: string;
  statement: string;
  /** How it is measured; empty if that is obvious. */
  method: string;
  /** What records must report, any of these, for it to be tested. */
  needs: readonly Need[];
  /** The query that tests it; a string says why it cannot be tested. */
  query: (scope: Scope) => ClaimQuery | string;
  /** The official wages that say something about it too; null for a scope that they do not cover. */
  comparison?: (scope: Scope) => OfficialComparison | null;
}

/** A query with the function that evaluates its result. */
export interface ClaimQuery {
  document: TypedDocumentNode<unknown, AnyVariables>;
  variables: AnyVariables;
  evaluate: (data: unknown) => Evidence;
  /** The factor whose premiums it estimates, if it does. */
  premiumsOf?: Factor;
}

/** A ClaimQuery whose document, variables and evaluation have matching types. */
export function claimQuery<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  evaluate: (data: Data) => Evidence,
  premiumsOf?: Factor,
): ClaimQuery {
  return { document, variables, evaluate, premiumsOf } as ClaimQuery;
}

/** What the records say about a claim. */
export interface Evidence {
  estimates: readonly Estimate[];
  /** The unit of the estimates: percent of pay, percentage points, or points of a score. */
  unit: "percent" | "points" | "score";
  /** What the estimates are compared with, in words. */
  baseline: string;
  /** The value that an interval must not contain; 0 by default. */
  threshold?: number;
  /** Values of the claim without enough records. */
  missing?: readonly string[];
  /** Cautions about the figures that the estimates compare. */
  cautions?: readonly string[];
  /** Why there are no estimates, or why some are missing. */
  reason?: string | null | undefined;
}

/** The difference of a value to the baseline with its 95% interval. */
export interface Estimate extends Interval {
  label: string;
  records: number;
  /** The side of the threshold that the claim predicts; null if it predicts none. */
  predicted: Direction | null;
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

export type Direction = "above" | "below";

/** What the records say about a claim, and how far they answer it. */
export interface Result {
  verdict: Verdict;
  extent: Extent;
}

export type Verdict = "supported" | "partly supported" | "not supported" | "not enough data";

/** How far the records answer a claim. */
export type Extent = "whole" | "half" | "none";

/** Half if the records have only some of the values that the claim is about. */
export function extentOf({ estimates, missing = [] }: Evidence): Extent {
  if (!estimates.some((estimate) => estimate.predicted)) return "none";
  return missing.length ? "half" : "whole";
}

/** Why no record reports what a claim needs; undefined if records report some of it. */
export function gapOf({ needs }: Pick<Claim, "needs">, gaps: Scope["gaps"]): string | undefined {
  const found = needs.map((need) => gaps[need]);
  return found.every(Boolean) ? found[0] : undefined;
}

/** The items of a list with the headings of EXTENTS before the first one of each extent, in this order. */
export function bySection<Item>(items: readonly Item[], extent: (item: Item) => Extent): (Item | Extent)[] {
  const extents: readonly Extent[] = ["whole", "half", "none"];
  return extents.flatMap((one) => {
    const found = items.filter((item) => extent(item) === one);
    return found.length ? [one, ...found] : [];
  });
}

/** An estimate confirms the claim if its whole interval is on the predicted side; all of them have to for “supported”. */
export function verdictOf({ estimates, threshold = 0, missing = [] }: Evidence): Verdict {
  const predicted = estimates.filter((estimate) => estimate.predicted);
  if (!predicted.length) return "not enough data";
  const confirmed = predicted.filter((estimate) => sideOf(estimate, threshold) === estimate.predicted);
  if (confirmed.length === predicted.length && !missing.length) return "supported";
  return confirmed.length ? "partly supported" : "not supported";
}

/** The side of the threshold that an interval is on; null if it contains the threshold. */
export function sideOf({ low, high }: { low: number; high: number }, threshold: number): Direction | null {
  if (low > threshold) return "above";
  return high < threshold ? "below" : null;
}

/** The difference of two independent estimates; the half-widths of their intervals add up in quadrature. */
export function difference(one: Interval, other: Interval): Interval {
  const value = one.value - other.value;
  const half = Math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2);
  return { value, low: value - half, high: value + half };
}

/** The yearly growth in percent from one amount to a later one; intervals are combined on a log scale. */
export function growth(later: Interval, earlier: Interval, years: number): Interval {
  const { value, low, high } = difference(logarithm(later), logarithm(earlier));
  const percent = (log: number) => 100 * Math.expm1(log / years);
  return { value: percent(value), low: percent(low), high: percent(high) };
}

function logarithm({ value, low, high }: Interval): Interval {
  return { value: Math.log(value), low: Math.log(low), high: Math.log(high) };
}

/** A value with its unit: “+4.3%” or “−0.12 points”. */
export function estimateText(value: number, unit: Evidence["unit"]): string {
  const text = shortEstimateText(value, unit);
  return unit === "percent" ? text : `${text} points`;
}

/** A value without the word for its unit: “+4.3%” or “−0.12”. */
export function shortEstimateText(value: number, unit: Evidence["unit"]): string {
  const digits = unit === "score" ? 2 : 1;
  const rounded = Number(value.toFixed(digits)) || 0; // no negative zero
  return unit === "percent" ? signedPercent(rounded) : `${rounded < 0 ? "−" : "+"}${Math.abs(rounded).toFixed(digits)}`;
}

/** The evidence in one sentence. */
export function summaryOf({ estimates, unit, baseline }: Evidence): string {
  const predicted = estimates.filter((estimate) => estimate.predicted).toSorted((a, b) => a.value - b.value);
  const [lowest, highest] = [predicted[0], predicted.at(-1)];
  if (!lowest || !highest) return `Compared with ${baseline}.`;
  const text = (value: number) => estimateText(value, unit);
  if (lowest === highest) {
    const { label, value, low, high, records } = highest;
    return `${label}: ${text(value)} compared with ${baseline} (95% CI: ${text(low)} to ${text(high)}, ${countOf(records, "record")}).`;
  }
  return `From ${text(lowest.value)} (${lowest.label}) to ${text(highest.value)} (${highest.label}) compared with ${baseline}.`;
}
