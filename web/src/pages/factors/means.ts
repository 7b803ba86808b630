import { graphql } from "../../gql";
import type { Factor, Measure, MeansByFactorQuery } from "../../gql/graphql";
import { question, type Question, type Reading, type Scope } from "./claim";
import { difference, type Direction, type Estimate } from "./estimate";
import { whereOf, type Named } from "./ground";

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
export function means({ country, measure: pay }: Scope, { factor, measure, baseline, claimed, unit, untold }: Comparison): Question {
  return question(Means, { where: whereOf(country), factor, measure, pay }, ({ cohort }) => {
    const told = cohort.by.flatMap(toldOf);
    const base = baseline(told);
    const others = base ? told.filter((one) => one !== base) : [];
    return {
      estimates: others.map((one): Estimate => ({ label: one.label, records: one.records, claimed: claimed(one.code), ...difference(one, base!) })),
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
