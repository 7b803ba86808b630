import { partialCoverage } from "../../components/measure-coverage";
import { graphql } from "../../gql";
import type { PremiumsQuery, PremiumsQueryVariables } from "../../gql/graphql";
import { type Claim, type ClaimQuery, claimQuery, type Direction, type Estimate, type Evidence } from "./claim";
import { industryComparison } from "./official-comparison";
import { type Scope, whereOf } from "./scope";

const Premiums = graphql(`
  query Premiums($where: CohortFilter, $adjust: Adjustment! = NONE, $factor: Factor!, $under: Code, $baseline: Code, $measure: Measure!) {
    cohort(where: $where, adjust: $adjust) {
      premiums(factor: $factor, under: $under, baseline: $baseline, measure: $measure) { ...PremiumRows }
    }
  }

  fragment PremiumRows on PremiumTable {
    baseline { label }
    reason
    dataSets
    rows {
      value { code label }
      percent
      interval { low high }
      records
    }
  }
`);

type PremiumTable = PremiumsQuery["cohort"]["premiums"];

/** What a claim suggests about the values of a factor. */
export interface Suggestion {
  /** The values that it names with the predicted direction, or a function that predicts the direction of any value. */
  predicted: Readonly<Record<string, Direction>> | ((code: string) => Direction | null);
  /** Whether to show the other values of the factor too. */
  showOthers?: boolean;
}

/** A query for the premiums of a factor's values, with the other factors held equal. */
export function premiumQuery(
  { country, measure }: Pick<Scope, "country" | "measure">,
  options: Pick<PremiumsQueryVariables, "factor" | "under" | "baseline" | "adjust">,
  suggestion: Suggestion,
): ClaimQuery {
  return claimQuery(
    Premiums,
    { where: whereOf(country), measure, adjust: "NONE", ...options },
    ({ cohort }) => evidenceOf(cohort.premiums, suggestion),
    options.factor,
  );
}

function evidenceOf(table: PremiumTable, { predicted, showOthers = false }: Suggestion): Evidence {
  const isFunction = typeof predicted === "function";
  const directionOf = (code: string) => (isFunction ? predicted(code) : (predicted[code] ?? null));
  const rows = table?.rows ?? [];
  const named = isFunction ? [] : Object.keys(predicted);
  const estimates = rows
    .filter(({ value }) => showOthers || directionOf(value.code))
    .map((row) => estimateOf(row, directionOf(row.value.code)));
  return {
    estimates,
    unit: "percent",
    baseline: table?.baseline?.label ?? "records that report other values",
    missing: named.filter((code) => !rows.some(({ value }) => value.code === code)),
    reason: table ? (table.reason ?? fewRecords(table.dataSets, estimates.length > 0)) : "The cohort is too small.",
  };
}

/** Why values are missing that the factor has, and what may add records with them. */
function fewRecords([dataSet]: readonly string[], hasOthers: boolean): string {
  const more = dataSet
    ? `\`payrank data load ${dataSet}\` adds records that may have them.`
    : "No other data set of the catalogue reports them.";
  return hasOthers ? more : `Too few records have these values. ${more}`;
}

function estimateOf(
  { value, percent, interval, records }: NonNullable<PremiumTable>["rows"][number],
  predicted: Direction | null,
): Estimate {
  return { label: value.label, value: percent, ...interval, records, predicted };
}

const Industries = graphql(`
  query Industries($where: CohortFilter, $baseline: Code!, $measure: Measure!) {
    cohort(where: $where) {
      all: premiums(factor: INDUSTRY, baseline: $baseline, measure: $measure) { ...PremiumRows }
      automotive: premiums(factor: INDUSTRY, under: "automotive", baseline: $baseline, measure: $measure) { ...PremiumRows }
    }
  }
`);

/** Autonomous vehicles are below the automotive industry, so they need a table of their own. */
export const industries: Claim = {
  id: "industries",
  statement: "Finance, healthcare and driverless cars pay more",
  needs: ["industry"],
  method: "Compared with the most common of all other industries.",
  comparison: industryComparison,
  query: ({ country, measure, typicalIndustry }) =>
    typicalIndustry
      ? claimQuery(
          Industries,
          { where: whereOf(country), baseline: typicalIndustry.code, measure },
          ({ cohort }) => {
            const all = evidenceOf(cohort.all, { predicted: { finance: "above", healthcare: "above" } });
            const automotive = evidenceOf(cohort.automotive, { predicted: { "autonomous-vehicles": "above" } });
            const estimates = [...all.estimates, ...automotive.estimates];
            const missing = [...(all.missing ?? []), ...(automotive.missing ?? [])];
            return { ...all, estimates, missing, reason: all.reason };
          },
          "INDUSTRY",
        )
      : "Not enough records report their industry.",
};

const Startups = graphql(`
  query Startups($where: CohortFilter) {
    cohort(where: $where) {
      base: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: BASE_SALARY) { ...PremiumRows }
      equity: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: EQUITY) { ...PremiumRows }
      baseStats: stats(measure: BASE_SALARY) { cautions { code message } }
      equityStats: stats(measure: EQUITY) { cautions { code message } }
    }
  }
`);

/** Two claims in one, so each has its own measure, whatever the selected one is. */
export const startups: Claim = {
  id: "startups",
  statement: "Start-ups pay less base salary and more equity",
  needs: ["employerType", "equityByType"],
  method: "Equity among those who get any. The baseline of both is private companies past the start-up stage.",
  query: ({ country }) =>
    claimQuery(
      Startups,
      { where: whereOf(country) },
      ({ cohort }) => {
        const base = evidenceOf(cohort.base, { predicted: { startup: "below" } });
        const equity = evidenceOf(cohort.equity, { predicted: { startup: "above" } });
        const estimates = [
          ...base.estimates.map((estimate) => ({ ...estimate, label: "Base salary" })),
          ...equity.estimates.map((estimate) => ({ ...estimate, label: "Equity" })),
        ];
        const missing = [
          ...(base.missing?.length ? ["base salary of start-ups"] : []),
          ...(equity.missing?.length ? ["equity of start-ups"] : []),
        ];
        const cautions = [cohort.baseStats, cohort.equityStats].flatMap(
          (stats) => partialCoverage(stats?.cautions ?? [])?.message ?? [],
        );
        return { ...base, estimates, missing, cautions, reason: (base.missing?.length ? base : equity).reason };
      },
      "EMPLOYER_TYPE",
    ),
};
