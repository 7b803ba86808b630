import { graphql } from "../../gql";
import type { Factor, MeansByFactorQuery, Measure } from "../../gql/graphql";
import {
  type Claim,
  type ClaimQuery,
  claimQuery,
  type Direction,
  difference,
  type Evidence,
  type Interval,
} from "./claim";
import { type NamedValue, type Scope, whereOf } from "./scope";

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

interface GroupMean extends NamedValue, Interval {
  records: number;
  /** Median pay. */
  pay: number;
}

interface MeanComparison {
  factor: Factor;
  measure: Measure;
  /** Selects the group that the others are compared with. */
  baseline: (groups: readonly GroupMean[]) => GroupMean | undefined;
  predicted: (code: string) => Direction | null;
  unit: Evidence["unit"];
  /** The reason if there are no estimates. */
  reason: string;
}

/** A query for the differences between the means of a factor's values. */
function meanQuery(
  { country, measure: pay }: Scope,
  { factor, measure, baseline, predicted, unit, reason }: MeanComparison,
): ClaimQuery {
  return claimQuery(Means, { where: whereOf(country), factor, measure, pay }, ({ cohort }) => {
    const groups = cohort.by.flatMap(groupMean);
    const base = baseline(groups);
    const noEvidence = { estimates: [], unit, baseline: "", reason };
    if (!base || groups.length < 2) return noEvidence;
    const estimates = groups
      .filter((group) => group !== base)
      .map((group) => ({
        label: group.label,
        records: group.records,
        predicted: predicted(group.code),
        ...difference(group, base),
      }));
    const mean = `${base.value.toFixed(1)}${unit === "points" ? "%" : ""}`;
    return { estimates, unit, baseline: `${base.label}, whose mean is ${mean}`, reason: null };
  });
}

function groupMean({ value, cohort: { stats, pay } }: MeansByFactorQuery["cohort"]["by"][number]): GroupMean[] {
  if (!value || !stats?.meanInterval) return [];
  return [{ ...value, value: stats.mean, ...stats.meanInterval, records: stats.count, pay: pay?.p50 ?? 0 }];
}

export const negotiation: Claim = {
  id: "negotiation",
  statement: "Competing offers strengthen a negotiation",
  needs: ["uplift"],
  method: "The mean increase of the first offer in percentage points, compared with no competing offer.",
  query: (scope) =>
    meanQuery(scope, {
      factor: "COMPETING_OFFERS",
      measure: "NEGOTIATION_UPLIFT",
      baseline: (groups) => groups.find(({ code }) => code === "0"),
      predicted: () => "above",
      unit: "points",
      reason: "Not enough records report a negotiation.",
    }),
};

// Scores from 1 to 5 are compared by their means, since their medians are whole numbers.

export const workLifeBalance: Claim = {
  id: "balance",
  statement: "Work-life balance is better away from the office",
  needs: ["balance"],
  method: "Points on a scale from 1 to 5.",
  query: (scope) =>
    meanQuery(scope, {
      factor: "WORK_MODE",
      measure: "WORK_LIFE_BALANCE",
      baseline: (groups) => groups.find(({ code }) => code === "on-site"),
      predicted: () => "above",
      unit: "score",
      reason: "Not enough records report their work-life balance.",
    }),
};

export const jobSatisfaction: Claim = {
  id: "satisfaction",
  statement: "Employers who pay less can satisfy more",
  needs: ["satisfaction"],
  method: "Points on a scale from 1 to 5, compared with the employer type with the highest median pay.",
  query: (scope) =>
    meanQuery(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "JOB_SATISFACTION",
      baseline: (groups) => groups.toSorted((a, b) => b.pay - a.pay)[0],
      predicted: () => "above",
      unit: "score",
      reason: "Not enough records report their job satisfaction.",
    }),
};

export const careerGrowth: Claim = {
  id: "career",
  statement: "Careers grow faster at start-ups",
  needs: ["career"],
  method: "Career growth in points on a scale from 1 to 5, compared with public companies.",
  query: (scope) =>
    meanQuery(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "CAREER_GROWTH",
      baseline: (groups) => groups.find(({ code }) => code === "public"),
      predicted: (code) => (code === "startup" ? "above" : null),
      unit: "score",
      reason: "Not enough records report their career growth.",
    }),
};
