import { graphql } from "../../gql";
import type { PremiumsQuery, PremiumsQueryVariables } from "../../gql/graphql";
import { question, type Question, type Reading, type Scope } from "./claim";
import type { Direction, Estimate } from "./estimate";
import { whereOf } from "./ground";

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
  return question(Premiums, { where: whereOf(country), measure, adjust: "NONE", ...asked }, ({ cohort }) => readTable(cohort.premiums, praise));
}

export function readTable(table: Table, { claimed, others = false }: Praise): Reading {
  const side = (code: string) => (typeof claimed === "function" ? claimed(code) : claimed[code] ?? null);
  const rows = table?.rows ?? [];
  const named = typeof claimed === "function" ? [] : Object.keys(claimed);
  return {
    estimates: rows.filter(({ value }) => others || side(value.code)).map((row) => estimateOf(row, side(row.value.code))),
    unit: "percent",
    against: table?.baseline?.label ?? "records that tell others and not this one",
    missing: named.filter((code) => !rows.some(({ value }) => value.code === code)),
    reason: table ? table.reason : "There are too few records to tell anything of them.",
  };
}

export function estimateOf({ value, percent, interval, records }: NonNullable<Table>["rows"][number], claimed: Direction | null): Estimate {
  return { label: value.label, at: percent, ...interval, records, claimed };
}
