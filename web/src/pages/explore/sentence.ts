import { count } from "../../components/format";
import type { FiguresFragment, Measure } from "../../gql/graphql";
import { MEASURES, middleOf, roughly } from "./measures";

export interface Sentence {
  /** Its parts in turn; the odd ones are figures, to be set in bold. */
  parts: readonly string[];
}

interface Told {
  label: string;
  /** Whether a role was asked for, which then comes first in the label. */
  ofRole: boolean;
  figures: FiguresFragment;
  measure: Measure;
  currency: string;
}

/** What a cohort is paid, in a sentence. */
export function headline({ label, ofRole, figures, measure, currency }: Told): Sentence {
  const { unit, count: records, p25, p75 } = figures;
  const told = (value: number) => roughly(value, unit, currency);
  const [before, after] = MEASURES[measure].between;
  if (unit === "SCORE_1_TO_5") {
    return {
      parts: [
        `${label}: ${MEASURES[measure].label.toLowerCase()} is scored `,
        told(middleOf(figures).at),
        ` of 5 on average, by ${count(records)} records.`,
      ],
    };
  }
  const half =
    ofRole && peopleIn(label)
      ? `Half of ${count(records)} ${closed(label)} ${before} `
      : `${opened(label)}${count(records)} ${before} `;
  return {
    parts: [half, told(p25), " and ", told(p75), `${after && ` ${after}`}; the median is `, told(figures.p50), "."],
  };
}

/** The ends of what is paid, which the first sentence leaves out. */
export function ends({ unit, p10, p90 }: FiguresFragment, currency: string): Sentence | null {
  if (p10 === null || p90 === null || unit === "SCORE_1_TO_5") return null;
  if (p10 <= 0) return { parts: ["One in ten is above ", roughly(p90, unit, currency), "."] }; // nothing is paid less than nothing
  return {
    parts: [
      "One in ten is below ",
      roughly(p10, unit, currency),
      ", one in ten above ",
      roughly(p90, unit, currency),
      ".",
    ],
  };
}

export function plain({ parts }: Sentence): string {
  return parts.join("");
}

/** Roles are people, Senior Machine Learning Engineers; families of roles are fields, Data analytics. */
function peopleIn(label: string): boolean {
  return /(^| )[A-Z]\w*s$/.test(label.split(",")[0] ?? "");
}

/** Machine Learning Engineers, United States, as a part of a sentence. */
function closed(label: string): string {
  return label.includes(",") ? `${label},` : label;
}

function opened(label: string): string {
  return label === "All records" ? "Half of all " : `${label}: half of `;
}
