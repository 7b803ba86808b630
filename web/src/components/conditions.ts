import type { CohortFilter, Factor, FactorMatch } from "../gql/graphql";

/** How the values of a condition match: a record has any of them, all of them, or none. Only sets take more than "any". */
export type MatchMode = "any" | "all" | "none";

/** The condition of a filter on one field. */
export interface Condition {
  field: FieldName;
  /** Codes as in `factorValues`; for a range its two ends, "" for an open end. */
  values: readonly string[];
  mode: MatchMode;
}

export interface FilterField {
  name: FieldName;
  /** The factor of its values; for a range the factor whose values are its bands. */
  factor: Factor;
  label: string;
  /** How its values are chosen: codes from a long list, from the few of an enumeration, or several per record; or a range. */
  kind: "codes" | "enums" | "set" | "numbers" | "months";
}

export type FieldName = keyof CohortFilter;

/** All fields that records can be filtered by, the most used first. */
export const FILTER_FIELDS: readonly FilterField[] = [
  { name: "role", factor: "ROLE", label: "Role", kind: "codes" },
  { name: "level", factor: "LEVEL", label: "Level", kind: "enums" },
  { name: "experience", factor: "EXPERIENCE", label: "Experience", kind: "numbers" },
  { name: "country", factor: "COUNTRY", label: "Country", kind: "codes" },
  { name: "metro", factor: "METRO", label: "Metro area", kind: "codes" },
  { name: "workMode", factor: "WORK_MODE", label: "Work mode", kind: "enums" },
  { name: "industry", factor: "INDUSTRY", label: "Industry", kind: "codes" },
  { name: "subdivision", factor: "SUBDIVISION", label: "State or region", kind: "codes" },
  { name: "specialization", factor: "SPECIALIZATION", label: "Specialization", kind: "set" },
  { name: "skill", factor: "SKILL", label: "Skills", kind: "set" },
  { name: "education", factor: "EDUCATION", label: "Education", kind: "enums" },
  { name: "fieldOfStudy", factor: "FIELD_OF_STUDY", label: "Field of study", kind: "codes" },
  { name: "certification", factor: "CERTIFICATION", label: "Certifications", kind: "set" },
  { name: "employer", factor: "EMPLOYER", label: "Employer", kind: "codes" },
  { name: "employerSize", factor: "EMPLOYER_SIZE", label: "Employer size", kind: "enums" },
  { name: "employerType", factor: "EMPLOYER_TYPE", label: "Employer type", kind: "enums" },
  { name: "employmentType", factor: "EMPLOYMENT_TYPE", label: "Employment type", kind: "enums" },
  { name: "benefit", factor: "BENEFIT", label: "Benefits", kind: "set" },
  { name: "competingOffers", factor: "COMPETING_OFFERS", label: "Competing offers", kind: "numbers" },
  { name: "effective", factor: "YEAR", label: "Period", kind: "months" },
  { name: "sourceKind", factor: "SOURCE_KIND", label: "Source type", kind: "enums" },
  { name: "source", factor: "SOURCE", label: "Data set", kind: "codes" },
];

/** The field that filters by a factor. */
export function fieldOf(factor: Factor): FilterField {
  const field = FILTER_FIELDS.find((one) => one.factor === (factor === "QUARTER" ? "YEAR" : factor));
  if (!field) throw new Error(`No filter field has the factor ${factor}.`);
  return field;
}

/** Whether the values of a factor are an enum in the schema. */
export function isEnum(factor: Factor): boolean {
  return FILTER_FIELDS.some((field) => field.factor === factor && field.kind === "enums");
}

/** The name of a code in the schema's enums: ON_SITE for on-site. */
export function asEnum<Name extends string>(code: string): Name;
export function asEnum<Name extends string>(code: string | null): Name | null;
export function asEnum<Name extends string>(code: string | null): Name | null {
  return code === null ? null : (code.toUpperCase().replaceAll("-", "_") as Name);
}

/** The conditions as the API's input: ranges by their fields, codes by their factors. */
export function cohortFilter(conditions: readonly Condition[]): CohortFilter {
  const ranges: [FieldName, object][] = [];
  const match: FactorMatch[] = [];
  for (const { field, values, mode } of conditions) {
    const { kind, factor } = filterField(field);
    const [from = "", to = ""] = values;
    if (kind === "numbers") ranges.push([field, { min: numberOrNull(from), max: numberOrNull(to) }]);
    else if (kind === "months") ranges.push([field, { from: from || null, to: to || null }]);
    else match.push({ factor, [mode]: values });
  }
  return { ...Object.fromEntries(ranges), ...(match.length > 0 && { match }) };
}

function filterField(name: FieldName): FilterField {
  const field = FILTER_FIELDS.find((one) => one.name === name);
  if (!field) throw new Error(`Records cannot be filtered by ${name}.`);
  return field;
}

function numberOrNull(text: string): number | null {
  return text === "" ? null : Number(text);
}

/** The conditions with that of one field replaced in place, appended if it is new, or removed if it is null. */
export function withCondition(conditions: readonly Condition[], field: FieldName, next: Condition | null): Condition[] {
  if (!next) return conditions.filter((condition) => condition.field !== field);
  const exists = conditions.some((condition) => condition.field === field);
  return exists ? conditions.map((condition) => (condition.field === field ? next : condition)) : [...conditions, next];
}

/** The condition that a record has one value of a factor; bands and periods become ranges. */
export function conditionOf(factor: Factor, code: string): Condition {
  const { name, kind } = fieldOf(factor);
  const values = kind === "numbers" ? numbersOf(code) : kind === "months" ? monthsOf(code) : [code];
  return { field: name, values, mode: "any" };
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

/** A range as text: “4 to 6 years”, “from 20 years”, “2026”. */
export function rangeText({ kind, name }: FilterField, { values: [from = "", to = ""] }: Condition): string {
  const unit = name === "experience" ? " years" : "";
  if (from === to) return `${from}${unit}`;
  if (kind === "months" && from.endsWith("-01") && to === from.replace(/-01$/, "-12")) return from.slice(0, 4);
  if (!to) return `from ${from}${unit}`;
  return from ? `${from} to ${to}${unit}` : `up to ${to}${unit}`;
}

// In a URL a filter is role=data-scientist,data-analyst&skill=all:python,sql&experience=4..6&effective=2024-01..

/** The conditions in a URL's parameters, in their order; parameters that no field accepts are ignored. */
export function conditionsOf(params: URLSearchParams): Condition[] {
  const conditions: Condition[] = [];
  for (const [name, text] of params) {
    const field = FILTER_FIELDS.find((one) => one.name === name);
    if (!field || conditions.some((condition) => condition.field === name)) continue;
    const condition =
      field.kind === "numbers" || field.kind === "months" ? parseRange(text, field.kind) : parseSet(text);
    if (condition) conditions.push({ field: field.name, ...condition });
  }
  return conditions;
}

/** Adds conditions to a URL's parameters, in their order. */
export function writeConditions(params: URLSearchParams, conditions: readonly Condition[]) {
  for (const { field, values, mode } of conditions) {
    const { kind } = filterField(field);
    if (kind === "numbers" || kind === "months") params.set(field, values.join(".."));
    else params.set(field, `${mode === "any" ? "" : `${mode}:`}${values.join(",")}`);
  }
}

function parseSet(text: string): Omit<Condition, "field"> | null {
  const [, mode = "any", codes = ""] = /^(?:(all|none):)?(.*)$/.exec(text) ?? [];
  const values = codes.split(",").filter(Boolean);
  return values.length ? { values, mode: mode as MatchMode } : null;
}

function parseRange(text: string, kind: "numbers" | "months"): Omit<Condition, "field"> | null {
  const end = kind === "numbers" ? String.raw`\d{0,2}` : String.raw`(?:\d{4}-\d\d)?`;
  const [, from = "", to = ""] = new RegExp(`^(${end})\\.\\.(${end})$`).exec(text) ?? [];
  return from || to ? { values: [from, to], mode: "any" } : null;
}
