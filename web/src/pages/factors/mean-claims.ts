import { graphql } from "../../gql";
import type { Factor, MeansByFactorQuery, Measure } from "../../gql/graphql";
import {
  type Claim,
  type Direction,
  difference,
  type Estimate,
  type Question,
  question,
  type Reading,
  type Scope,
} from "./claim";
import { type Named, whereOf } from "./scope";

const Means = graphql(`
  query MeansByFactor($where: CohortFilter, $factor: Factor!, $measure: Measure!, $pay: Measure!) {
    cohort(where: $where) {
      by(factor: $factor, orderBy: { field: VALUE, direction: ASC }) {
        value { code label }
        cohort {
          stats(measure: $measure) { mean meanInterval { low high } count }
          pay: stats(measure: $pay) { p50 }
        }
      }
    }
  }
`);

interface Told extends Named {
  at: number;
  low: number;
  high: number;
  records: number;
  /** Median pay. */
  pay: number;
}

interface Comparison {
  factor: Factor;
  measure: Measure;
  /** The one whose mean the others' means are held against. */
  baseline: (told: readonly Told[]) => Told | undefined;
  claimed: (code: string) => Direction | null;
  unit: Reading["unit"];
  /** What is said where no records tell it. */
  untold: string;
}

/** Asks how far the means of a factor's values are from each other. */
export function means(
  { country, measure: pay }: Scope,
  { factor, measure, baseline, claimed, unit, untold }: Comparison,
): Question {
  return question(Means, { where: whereOf(country), factor, measure, pay }, ({ cohort }) => {
    const told = cohort.by.flatMap(toldOf);
    const base = baseline(told);
    const others = base ? told.filter((one) => one !== base) : [];
    return {
      estimates: others.map(
        (one): Estimate => ({
          label: one.label,
          records: one.records,
          claimed: claimed(one.code),
          ...difference(one, base!),
        }),
      ),
      unit,
      against: base ? `${base.label}, whose mean is ${base.at.toFixed(1)}${unit === "points" ? "%" : ""}` : "",
      reason: others.length ? null : untold,
    };
  });
}

function toldOf({ value, cohort: { stats, pay } }: MeansByFactorQuery["cohort"]["by"][number]): Told[] {
  if (!value || !stats?.meanInterval) return [];
  return [{ ...value, at: stats.mean, ...stats.meanInterval, records: stats.count, pay: pay?.p50 ?? 0 }];
}

export const negotiation: Claim = {
  id: "negotiation",
  sentence: "Other offers strengthen a negotiation",
  how: "By how many points of percent more the first offer was raised, on average, than where no other offer was at hand.",
  question: (scope) =>
    means(scope, {
      factor: "COMPETING_OFFERS",
      measure: "NEGOTIATION_UPLIFT",
      baseline: (told) => told.find(({ code }) => code === "0"),
      claimed: () => "above",
      unit: "points",
      untold: "Too few records tell of their negotiation.",
    }),
};

/** Pay is not all. These are means of scores from 1 to 5, since their medians are whole numbers. */

export const balance: Claim = {
  id: "balance",
  sentence: "Work and life are in better balance away from the office",
  how: "Points on a scale from 1 to 5.",
  question: (scope) =>
    means(scope, {
      factor: "WORK_MODE",
      measure: "WORK_LIFE_BALANCE",
      baseline: (told) => told.find(({ code }) => code === "on-site"),
      claimed: () => "above",
      unit: "score",
      untold: "Too few records tell of their balance of work and life.",
    }),
};

export const satisfaction: Claim = {
  id: "satisfaction",
  sentence: "Employers who pay less can satisfy more",
  how: "Points on a scale from 1 to 5, against the kind of employer with the highest median pay.",
  question: (scope) =>
    means(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "JOB_SATISFACTION",
      baseline: (told) => told.toSorted((a, b) => b.pay - a.pay)[0],
      claimed: () => "above",
      unit: "score",
      untold: "Too few records tell how satisfied they are.",
    }),
};

export const career: Claim = {
  id: "career",
  sentence: "One grows faster at a start-up",
  how: "Prospects of growth, in points on a scale from 1 to 5, against public companies.",
  question: (scope) =>
    means(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "CAREER_GROWTH",
      baseline: (told) => told.find(({ code }) => code === "public"),
      claimed: (code) => (code === "startup" ? "above" : null),
      unit: "score",
      untold: "Too few records tell of their prospects.",
    }),
};
