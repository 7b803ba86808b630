import type { AnyVariables, TypedDocumentNode } from "urql";
import type { Measure } from "../../gql/graphql";
import { sideOf, type Estimate } from "./estimate";
import type { Ground } from "./ground";

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
