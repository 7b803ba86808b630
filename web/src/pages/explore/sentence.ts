import { count, countOf } from "../../components/format";
import type { FiguresFragment, Measure } from "../../gql/graphql";
import { centerOf, MEASURES, roundedFigure } from "./measures";

export interface Sentence {
  /** Its parts in order; those at odd positions are figures, to be set in bold. */
  parts: readonly string[];
}

interface HeadlineInput {
  label: string;
  /** The number of records of the cohort; all of them, or only some, report the measure. */
  size: number;
  /** Whether the cohort is filtered by role, which is then the first part of its label. */
  hasRole: boolean;
  figures: FiguresFragment;
  measure: Measure;
  currency: string;
}

/** What a cohort is paid, in a sentence. */
export function headline({ label, size, hasRole, figures, measure, currency }: HeadlineInput): Sentence {
  const { unit, count: records, p25, p75 } = figures;
  const format = (value: number) => roundedFigure(value, unit, currency);
  const [verb, before, after] = MEASURES[measure].between;
  if (unit === "SCORE_1_TO_5") {
    const start = `${label}: ${MEASURES[measure].label.toLowerCase()} is scored `;
    return { parts: [start, format(centerOf(figures).value), ` of 5 on average, by ${countOf(records, "record")}.`] };
  }
  const people = hasRole && namesPeople(label);
  const half = people
    ? `Half of ${count(records)} ${commaClosed(label)} ${verb} ${before} `
    : `${halfOf(label, records === size)}${countOf(records, "record")} report ${before} `;
  return {
    parts: [
      half,
      format(p25),
      " and ",
      format(p75),
      `${after && ` ${after}`}; the median is `,
      format(figures.p50),
      ".",
    ],
  };
}

/** The tenth percentiles at both ends, in a sentence; null if they are suppressed or the measure is a score. */
export function tails({ unit, p10, p90 }: FiguresFragment, currency: string): Sentence | null {
  if (p10 === null || p90 === null || unit === "SCORE_1_TO_5") return null;
  const format = (value: number) => roundedFigure(value, unit, currency);
  if (p10 <= 0) return { parts: ["One in ten is above ", format(p90), "."] }; // no amount is below zero
  return { parts: ["One in ten is below ", format(p10), ", one in ten above ", format(p90), "."] };
}

export function plainText({ parts }: Sentence): string {
  return parts.join("");
}

/** Labels of roles name people, “Senior Machine Learning Engineers”; those of role families name fields, “Data analytics”. */
function namesPeople(label: string): boolean {
  return /(^| )[A-Z]\w*s$/.test(label.split(",")[0] ?? "");
}

/** “Machine Learning Engineers, United States,” as a part of a sentence. */
function commaClosed(label: string): string {
  return label.includes(",") ? `${label},` : label;
}

function halfOf(label: string, all: boolean): string {
  if (label !== "All records") return `${label}: half of `;
  return all ? "Half of all " : "Half of ";
}
