import { graphql } from "../../gql";
import type { PremiumsQuery, PremiumsQueryVariables } from "../../gql/graphql";
import { type Claim, type Direction, type Estimate, type Question, question, type Reading, type Scope } from "./claim";
import { whereOf } from "./scope";

export const Premiums = graphql(`
  query Premiums($where: CohortFilter, $adjust: Adjustment! = NONE, $factor: Factor!, $under: Code, $baseline: Code, $measure: Measure!) {
    cohort(where: $where, adjust: $adjust) {
      premiums(factor: $factor, under: $under, baseline: $baseline, measure: $measure) { ...PremiumRows }
    }
  }

  fragment PremiumRows on PremiumTable {
    baseline { label }
    reason
    rows {
      value { code label }
      percent
      interval { low high }
      records
    }
  }
`);

export type Table = PremiumsQuery["cohort"]["premiums"];

/** What a claim says of a factor's values. */
export interface Praise {
  /** The values that the claim names, each with where it says that they lie. */
  claimed: Readonly<Record<string, Direction>> | ((code: string) => Direction | null);
  /** Whether the factor's other values are shown too. */
  others?: boolean;
}

/** Asks what values of a factor add to pay with all else held equal. */
export function premiums(
  { country, measure }: Pick<Scope, "country" | "measure">,
  asked: Pick<PremiumsQueryVariables, "factor" | "under" | "baseline" | "adjust">,
  praise: Praise,
): Question {
  return question(Premiums, { where: whereOf(country), measure, adjust: "NONE", ...asked }, ({ cohort }) =>
    readTable(cohort.premiums, praise),
  );
}

export function readTable(table: Table, { claimed, others = false }: Praise): Reading {
  const side = (code: string) => (typeof claimed === "function" ? claimed(code) : (claimed[code] ?? null));
  const rows = table?.rows ?? [];
  const named = typeof claimed === "function" ? [] : Object.keys(claimed);
  return {
    estimates: rows
      .filter(({ value }) => others || side(value.code))
      .map((row) => estimateOf(row, side(row.value.code))),
    unit: "percent",
    against: table?.baseline?.label ?? "records that tell others and not this one",
    missing: named.filter((code) => !rows.some(({ value }) => value.code === code)),
    reason: table ? table.reason : "There are too few records to tell anything of them.",
  };
}

export function estimateOf(
  { value, percent, interval, records }: NonNullable<Table>["rows"][number],
  claimed: Direction | null,
): Estimate {
  return { label: value.label, at: percent, ...interval, records, claimed };
}

const Industries = graphql(`
  query Industries($where: CohortFilter, $baseline: Code!, $measure: Measure!) {
    cohort(where: $where) {
      all: premiums(factor: INDUSTRY, baseline: $baseline, measure: $measure) { ...PremiumRows }
      driving: premiums(factor: INDUSTRY, under: "automotive", baseline: $baseline, measure: $measure) { ...PremiumRows }
    }
  }
`);

/** Autonomous vehicles lie within the car industry, so they are asked for by a table of their own. */
export const industries: Claim = {
  id: "industries",
  sentence: "Finance, healthcare and driverless cars pay more",
  how: "Held against the most common of all other industries.",
  question: ({ country, measure, ground: { usualIndustry } }) =>
    usualIndustry
      ? question(Industries, { where: whereOf(country), baseline: usualIndustry.code, measure }, ({ cohort }) => {
          const all = readTable(cohort.all, { claimed: { finance: "above", healthcare: "above" } });
          const driving = readTable(cohort.driving, { claimed: { "autonomous-vehicles": "above" } });
          const estimates = [...all.estimates, ...driving.estimates];
          return {
            ...all,
            estimates,
            missing: [...(all.missing ?? []), ...(driving.missing ?? [])],
            reason: estimates.length ? null : all.reason,
          };
        })
      : "Too few records tell their industry.",
};

const Startups = graphql(`
  query Startups($where: CohortFilter) {
    cohort(where: $where) {
      base: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: BASE_SALARY) { ...PremiumRows }
      equity: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: EQUITY) { ...PremiumRows }
    }
  }
`);

/** Two claims in one, so each is measured by itself, whatever measure is asked for. */
export const startups: Claim = {
  id: "startups",
  sentence: "Start-ups pay less base salary and more equity",
  how: "Equity among those who get any. Private companies past the start-up stage are what both are held against.",
  question: ({ country }) =>
    question(Startups, { where: whereOf(country) }, ({ cohort }) => {
      const base = readTable(cohort.base, { claimed: { startup: "below" } });
      const equity = readTable(cohort.equity, { claimed: { startup: "above" } });
      const estimates = [
        ...base.estimates.map((estimate) => ({ ...estimate, label: "Base salary" })),
        ...equity.estimates.map((estimate) => ({ ...estimate, label: "Equity" })),
      ];
      const missing = [
        ...(base.missing?.length ? ["base salary of start-ups"] : []),
        ...(equity.missing?.length ? ["equity of start-ups"] : []),
      ];
      return { ...base, estimates, missing, reason: base.reason ?? equity.reason };
    }),
};
