import { graphql } from "../gql";
import type { ContributedTableQuery, ContributedTableQueryVariables, Factor } from "../gql/graphql";
import { fieldOf } from "./conditions";
import { money, signedPercent } from "./format";

export const ContributedTable = graphql(`
  query ContributedTable($factor: Factor, $measure: Measure!, $roleFamily: Code) {
    contributedBreakdown(factor: $factor, measure: $measure, roleFamily: $roleFamily) {
      year
      epsilon
      method
      unavailable { message }
      rows {
        value { code label }
        contributors
        premiumPercent
        premiumInterval { low high }
        mean
        meanInterval { low high }
        records
        median
        medianInterval { low high }
      }
    }
  }
`);

export const PrivacyLedger = graphql(`
  query PrivacyLedger {
    privacyLedger { year table epsilon }
  }
`);

export type Breakdown = NonNullable<ContributedTableQuery["contributedBreakdown"]>;
export type BreakdownRow = Breakdown["rows"][number];

/** The factors with a protected table of premiums, in the order of the picker. */
export const PREMIUM_FACTORS = [
  "WORK_MODE",
  "EMPLOYMENT_TYPE",
  "EXPERIENCE",
  "EDUCATION",
  "SKILL",
  "SPECIALIZATION",
  "CERTIFICATION",
  "INDUSTRY",
  "EMPLOYER_TYPE",
  "EMPLOYER_SIZE",
  "METRO",
  "BENEFIT",
] as const satisfies readonly Factor[];

/** The figure of each row besides its number of contributors. */
interface Figure {
  label: string;
  /** The label in files, with the unit. */
  column: string;
  text: (value: number) => string;
}

export interface ReportedTable {
  /** The table in the URL. */
  id: string;
  /** The table in the picker. */
  label: string;
  /** The table as a title, without the year. */
  title: string;
  /** What the rows are. */
  rows: string;
  variables: ContributedTableQueryVariables;
  /** Null in the table of numbers alone. */
  figure: Figure | null;
}

const PREMIUM: Figure = {
  label: "Premium and 95% CI",
  column: "Premium (%)",
  text: (value) => signedPercent(tidy(value)),
};
const SCORE: Figure = { label: "Mean and 95% CI", column: "Mean (1 to 5)", text: (value) => value.toFixed(2) };
const UPLIFT: Figure = { label: "Mean and 95% CI", column: "Mean (%)", text: (value) => `${value.toFixed(1)}%` };
const SHARE: Figure = {
  label: "Share and 95% CI",
  column: "Share (0 to 1)",
  text: (value) => `${(100 * value).toFixed(1)}%`,
};

const MEDIAN: Figure = {
  label: "Median and 95% CI",
  column: "Median (US dollars)",
  text: (value) => money(value, "USD"),
};

/** A number with one decimal, without a negative zero. */
function tidy(value: number): number {
  return Number(value.toFixed(1)) || 0;
}

function premiumTable(factor: Factor): ReportedTable {
  const { label } = fieldOf(factor);
  const variables = premiumVariables(factor);
  const title = `Premiums of contributors by ${label.toLowerCase()}`;
  return { id: factor, label, title, rows: label, variables, figure: PREMIUM };
}

function familyTable(
  id: string,
  label: string,
  title: string,
  figure: Figure,
  variables: ContributedTableQueryVariables,
) {
  return { id, label, title: `${title} by role family`, rows: "Role family", variables, figure };
}

/** The protected tables by what they show, in the order of the picker. */
export const TABLE_GROUPS: readonly { label: string; tables: readonly ReportedTable[] }[] = [
  { label: "Premiums by", tables: PREMIUM_FACTORS.map(premiumTable) },
  {
    label: "By role family",
    tables: [
      familyTable("JOB_SATISFACTION", "Job satisfaction", "Job satisfaction", SCORE, { measure: "JOB_SATISFACTION" }),
      familyTable("CAREER_GROWTH", "Career growth", "Career growth", SCORE, { measure: "CAREER_GROWTH" }),
      familyTable("WORK_LIFE_BALANCE", "Work-life balance", "Work-life balance", SCORE, {
        measure: "WORK_LIFE_BALANCE",
      }),
      familyTable("NEGOTIATION_UPLIFT", "Negotiation uplift", "Negotiation uplift", UPLIFT, {
        measure: "NEGOTIATION_UPLIFT",
      }),
      familyTable("COMPETING_OFFERS", "Competing offers", "Contributors with competing offers", SHARE, {
        measure: "BASE_SALARY",
        factor: "COMPETING_OFFERS",
      }),
    ],
  },
  {
    label: "World medians by role family, weighted by country",
    tables: [
      familyTable("BASE_SALARY", "Base salary", "World medians of base salary", MEDIAN, { measure: "BASE_SALARY" }),
      familyTable("TOTAL_COMPENSATION", "Total compensation", "World medians of total compensation", MEDIAN, {
        measure: "TOTAL_COMPENSATION",
      }),
    ],
  },
  {
    label: "Numbers of contributors",
    tables: [
      {
        id: "CONTRIBUTORS",
        label: "By country and role family",
        title: "Contributors by country",
        rows: "Country",
        variables: { measure: "BASE_SALARY", factor: "COUNTRY" },
        figure: null,
      },
    ],
  },
];
const TABLES = TABLE_GROUPS.flatMap(({ tables }) => tables);

/** The table with an id; the first one if there is none. */
export function tableOf(id: string | null): ReportedTable {
  const found = TABLES.find((table) => table.id === id) ?? TABLES[0];
  if (!found) throw new Error("There are no tables.");
  return found;
}

/** The table that a query is about. */
export function tableWith({ factor = null, measure }: ContributedTableQueryVariables): ReportedTable {
  const found = TABLES.find(({ variables }) => variables.measure === measure && (variables.factor ?? null) === factor);
  return found ?? tableOf(null);
}

export function premiumVariables(factor: Factor): ContributedTableQueryVariables {
  return { factor, measure: "BASE_SALARY", roleFamily: null };
}

/** The figure of a row with its interval, which medians of small samples lack; null if it has none. */
export function figureOf(row: BreakdownRow) {
  const value = row.premiumPercent ?? row.mean ?? row.median;
  const interval = row.premiumInterval ?? row.meanInterval ?? row.medianInterval;
  return value === null ? null : { value, interval };
}

/** A row of the table's file. */
export function csvRow(row: BreakdownRow, { rows, figure }: ReportedTable): Record<string, string | number | null> {
  const counted = {
    [rows]: row.value.label,
    "Contributors (about)": row.contributors,
    ...(row.records !== null && { Records: row.records }),
  };
  if (!figure) return counted;
  const found = figureOf(row);
  return {
    ...counted,
    [figure.column]: found?.value ?? null,
    [`${figure.column}, 95% CI low`]: found?.interval?.low ?? null,
    [`${figure.column}, 95% CI high`]: found?.interval?.high ?? null,
  };
}

/** Whether a factor can have a protected table of premiums. */
export function hasPremiums(factor: Factor): boolean {
  return PREMIUM_FACTORS.some((known) => known === factor);
}

/** The URL of the table of a factor on “About the data”. */
export function contributedPath(factor: Factor): string {
  return `/about?table=${factor}#reported`;
}
