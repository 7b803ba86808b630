import type { AnyVariables, TypedDocumentNode } from "urql";
import { count, signedPercent } from "../../components/format";
import type { Measure } from "../../gql/graphql";
import type { Ground } from "./scope";

/** What a claim is measured on. */
export interface Scope {
  /** Code of a country or continent; null for all. */
  country: string | null;
  measure: Measure;
  /** What the data itself says of which values to compare. */
  ground: Ground;
}

/** What the records say of a claim. */
export interface Reading {
  estimates: readonly Estimate[];
  /** What the figures are counted in: percent of pay, points of percent, or points of a score. */
  unit: "percent" | "points" | "score";
  /** What the figures are held against, in words. */
  against: string;
  /** The figure that an interval must not hold; 0 where it is left out. */
  line?: number;
  /** What the claim names and too few records tell. */
  missing?: readonly string[];
  /** Why nothing is told. */
  reason?: string | null | undefined;
}

/** A query with how to read its answer. */
export interface Question {
  query: TypedDocumentNode<unknown, AnyVariables>;
  variables: AnyVariables;
  read: (data: unknown) => Reading;
}

/** A sentence that many say about pay, and how the records are asked whether it holds. */
export interface Claim {
  id: string;
  sentence: string;
  /** What it is measured by, where that does not go without saying. */
  how: string;
  /** A text says why there is nothing to ask. */
  question: (scope: Scope) => Question | string;
}

/** Ties a query to its variables and to what reads its answer, whatever their types are. */
export function question<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  read: (data: Data) => Reading,
): Question {
  return { query, variables, read } as Question;
}

export type Verdict = "supported" | "in part" | "not supported" | "too little data";

/** A value holds when its whole interval lies where the claim says; a claim is supported when all that it names hold. */
export function verdictOf({ estimates, line = 0, missing = [] }: Reading): Verdict {
  const claimed = estimates.filter(({ claimed }) => claimed);
  if (!claimed.length) return "too little data";
  const holding = claimed.filter((estimate) => sideOf(estimate, line) === estimate.claimed);
  if (holding.length === claimed.length && !missing.length) return "supported";
  return holding.length ? "in part" : "not supported";
}

/** One figure of a claim: how far a value is from what it is held against, with its 95% interval. */
export interface Estimate {
  label: string;
  at: number;
  low: number;
  high: number;
  records: number;
  /** Where the claim says that it lies; null where the claim is silent and it is told for completeness. */
  claimed: Direction | null;
}

export type Direction = "above" | "below";

/** Which side of the line an interval lies on; null where it holds the line, so that the records do not tell. */
export function sideOf({ low, high }: { low: number; high: number }, line: number): Direction | null {
  if (low > line) return "above";
  return high < line ? "below" : null;
}

interface Told {
  at: number;
  low: number;
  high: number;
}

/** How far one figure is from another, taken from other records; both intervals count. */
export function difference(one: Told, other: Told): Told {
  const at = one.at - other.at;
  const half = Math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2);
  return { at, low: at - half, high: at + half };
}

/** By how many percent one amount is more than another; intervals count as they do on a logarithmic scale. */
export function growth(later: Told, earlier: Told, years: number): Told {
  const { at, low, high } = difference(logarithm(later), logarithm(earlier));
  const percent = (log: number) => 100 * Math.expm1(log / years);
  return { at: percent(at), low: percent(low), high: percent(high) };
}

function logarithm({ at, low, high }: Told): Told {
  return { at: Math.log(at), low: Math.log(low), high: Math.log(high) };
}

/** A figure of a reading: +4.3%, or −0.12 points. */
export function figureOf(value: number, unit: Reading["unit"]): string {
  const figure = bareFigureOf(value, unit);
  return unit === "percent" ? figure : `${figure} points`;
}

/** The same without saying what it is counted in, for where that was just said. */
export function bareFigureOf(value: number, unit: Reading["unit"]): string {
  const digits = unit === "score" ? 2 : 1;
  const rounded = Number(value.toFixed(digits)) || 0; // no negative zero
  return unit === "percent" ? signedPercent(rounded) : `${rounded < 0 ? "−" : "+"}${Math.abs(rounded).toFixed(digits)}`;
}

/** What the records say of a claim, in one sentence. */
export function findingOf({ estimates, unit, against }: Reading): string {
  const claimed = estimates.filter((estimate) => estimate.claimed).toSorted((a, b) => a.at - b.at);
  const [least, most] = [claimed[0], claimed.at(-1)];
  if (!least || !most) return `Held against ${against}.`;
  const figure = (value: number) => figureOf(value, unit);
  if (least === most) {
    return `${most.label}: ${figure(most.at)} against ${against} (95% interval ${figure(most.low)} to ${figure(most.high)}, ${count(most.records)} records).`;
  }
  return `From ${figure(least.at)} (${least.label}) to ${figure(most.at)} (${most.label}) against ${against}.`;
}
