import type { CohortFilter, Factor } from "../gql/graphql";
import { asEnum } from "./profile";

/** How the values of a field narrow: a record has any of them, all of them, or none. Only sets can ask for more than "any". */
export type How = "any" | "all" | "none";

/** What a filter asks of one field. */
export interface Condition {
  field: FieldName;
  /** Codes as `factorValues` has them; of a range its two ends, "" for an open one. */
  values: readonly string[];
  how: How;
}

export interface FilterField {
  name: FieldName;
  /** The factor that its values are of; of a range the one that it is cut into bands by. */
  factor: Factor;
  label: string;
  /** The form that the schema takes it in. */
  kind: "codes" | "enums" | "set" | "numbers" | "months";
}

export type FieldName = keyof CohortFilter;

/** All that records can be filtered by, what most people ask for first. */
export const FILTER_FIELDS: readonly FilterField[] = [
  { name: "role", factor: "ROLE", label: "Role", kind: "codes" },
  { name: "level", factor: "LEVEL", label: "Level", kind: "enums" },
  { name: "experience", factor: "EXPERIENCE", label: "Experience", kind: "numbers" },
  { name: "country", factor: "COUNTRY", label: "Country", kind: "codes" },
  { name: "metro", factor: "METRO", label: "Metro area", kind: "codes" },
  { name: "workMode", factor: "WORK_MODE", label: "Work mode", kind: "enums" },
  { name: "industry", factor: "INDUSTRY", label: "Industry", kind: "codes" },
  { name: "subdivision", factor: "SUBDIVISION", label: "State or region", kind: "codes" },
  { name: "specialization", factor: "SPECIALIZATION", label: "Specialisation", kind: "set" },
  { name: "skill", factor: "SKILL", label: "Skills", kind: "set" },
  { name: "education", factor: "EDUCATION", label: "Degree", kind: "enums" },
  { name: "fieldOfStudy", factor: "FIELD_OF_STUDY", label: "Field of study", kind: "codes" },
  { name: "certification", factor: "CERTIFICATION", label: "Certificates", kind: "set" },
  { name: "employer", factor: "EMPLOYER", label: "Employer", kind: "codes" },
  { name: "employerSize", factor: "EMPLOYER_SIZE", label: "Employer size", kind: "enums" },
  { name: "employerType", factor: "EMPLOYER_TYPE", label: "Kind of employer", kind: "enums" },
  { name: "employmentType", factor: "EMPLOYMENT_TYPE", label: "Contract", kind: "enums" },
  { name: "benefit", factor: "BENEFIT", label: "Benefits", kind: "set" },
  { name: "competingOffers", factor: "COMPETING_OFFERS", label: "Other offers at hand", kind: "numbers" },
  { name: "effective", factor: "YEAR", label: "Time", kind: "months" },
  { name: "sourceKind", factor: "SOURCE_KIND", label: "Kind of source", kind: "enums" },
  { name: "source", factor: "SOURCE", label: "Data set", kind: "codes" },
];

/** The field that narrows by a factor. */
export function fieldOf(factor: Factor): FilterField {
  const found = FILTER_FIELDS.find((field) => field.factor === (factor === "QUARTER" ? "YEAR" : factor));
  if (!found) throw new Error(`No field of the filter is of ${factor}.`);
  return found;
}

/** Conditions as the service takes them. */
export function cohortFilter(conditions: readonly Condition[]): CohortFilter {
  return Object.fromEntries(conditions.map((condition) => [condition.field, taken(condition)]));
}

function taken({ field, values, how }: Condition) {
  const [from = "", to = ""] = values;
  switch (FILTER_FIELDS.find(({ name }) => name === field)?.kind) {
    case "set":
      return { [how]: values };
    case "enums":
      return values.map((code) => asEnum(code));
    case "numbers":
      return { min: from === "" ? null : Number(from), max: to === "" ? null : Number(to) };
    case "months":
      return { from: from || null, to: to || null };
    default:
      return values;
  }
}

/** The conditions with the one of a field set to what is given; null takes it away. It keeps its place, a new one comes last. */
export function withCondition(conditions: readonly Condition[], field: FieldName, next: Condition | null): Condition[] {
  if (!next) return conditions.filter((condition) => condition.field !== field);
  const there = conditions.some((condition) => condition.field === field);
  return there ? conditions.map((condition) => (condition.field === field ? next : condition)) : [...conditions, next];
}

/** The condition that a record carries one value of a factor: bands and periods become ranges. */
export function conditionOf(factor: Factor, code: string): Condition {
  const { name, kind } = fieldOf(factor);
  const values = kind === "numbers" ? numbersOf(code) : kind === "months" ? monthsOf(code) : [code];
  return { field: name, values, how: "any" };
}

/** 4-to-6, 20-plus and 7 as the two ends of a range. */
function numbersOf(code: string): [string, string] {
  const [from = "", to = code.endsWith("-plus") ? "" : from] = code.replace("-plus", "").split("-to-");
  return [from, to];
}

/** 2026 and 2026-q3 as their first and last month. */
function monthsOf(code: string): [string, string] {
  const [year = "", quarter] = code.split("-q");
  const last = quarter ? 3 * Number(quarter) : 12;
  const first = quarter ? last - 2 : 1;
  return [first, last].map((month) => `${year}-${String(month).padStart(2, "0")}`) as [string, string];
}

/** 4 to 6, from 20 or up to 3. */
export function rangeWords({ kind, name }: FilterField, { values: [from = "", to = ""] }: Condition): string {
  const unit = name === "experience" ? " years" : "";
  if (from === to) return `${from}${unit}`;
  if (kind === "months" && from.endsWith("-01") && to === from.replace(/-01$/, "-12")) return from.slice(0, 4);
  if (!to) return `from ${from}${unit}`;
  return from ? `${from} to ${to}${unit}` : `up to ${to}${unit}`;
}
