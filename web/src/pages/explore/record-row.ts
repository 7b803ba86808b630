import type { Row } from "../../charts/download";
import { words } from "../../parts/format";
import type { RecordFound } from "./records";

/** A record as the table and its download tell it. */
export function recordRow(record: RecordFound, currency: string) {
  const { baseSalary, totalCompensation, reported } = record.pay;
  return {
    Month: record.effective,
    [`Base salary, ${currency}`]: baseSalary,
    [`Total, ${currency}`]: totalCompensation,
    Role: record.role?.label ?? null,
    Level: record.level && words(record.level),
    Experience: record.experienceBand?.label ?? null,
    Place: placeOf(record),
    "Work mode": record.workMode && words(record.workMode),
    Employer: record.employer?.label ?? record.industry?.label ?? null,
    "As reported": reportedWords(reported),
    Source: record.source.label,
  } satisfies Row;
}

/** The narrowest place that is told, and the country. */
function placeOf({ metro, subdivision, country }: RecordFound): string | null {
  const narrow = metro ?? subdivision;
  return narrow && country ? `${narrow.label}, ${country.label}` : (narrow?.label ?? country?.label ?? null);
}

/** What the source said before anything was converted: INR 4,200,000, or both ends of a range. */
export function reportedWords({ currency, baseSalary, baseLow, baseHigh }: RecordFound["pay"]["reported"]): string | null {
  const told = (amount: number) => amount.toLocaleString("en", { maximumFractionDigits: 0 });
  if (baseLow !== null && baseHigh !== null) return `${currency} ${told(baseLow)} to ${told(baseHigh)}`;
  return baseSalary === null ? null : `${currency} ${told(baseSalary)}`;
}
