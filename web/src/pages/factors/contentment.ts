import type { Claim } from "./claim";
import { means } from "./means";

/** Pay is not all. These are means of scores from 1 to 5, since their medians are whole numbers. */

export const balance: Claim = {
  id: "balance",
  sentence: "Work and life are in better balance away from the office",
  how: "Points on a scale from 1 to 5.",
  question: (scope) =>
    means(scope, {
      factor: "WORK_MODE",
      measure: "WORK_LIFE_BALANCE",
      baseline: (told) => told.find(({ code }) => code === "on-site"),
      claimed: () => "above",
      unit: "score",
      untold: "Too few records tell of their balance of work and life.",
    }),
};

export const satisfaction: Claim = {
  id: "satisfaction",
  sentence: "Employers who pay less can satisfy more",
  how: "Points on a scale from 1 to 5, against the kind of employer with the highest median pay.",
  question: (scope) =>
    means(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "JOB_SATISFACTION",
      baseline: (told) => told.toSorted((a, b) => b.pay - a.pay)[0],
      claimed: () => "above",
      unit: "score",
      untold: "Too few records tell how satisfied they are.",
    }),
};

export const career: Claim = {
  id: "career",
  sentence: "One grows faster at a start-up",
  how: "Prospects of growth, in points on a scale from 1 to 5, against public companies.",
  question: (scope) =>
    means(scope, {
      factor: "EMPLOYER_TYPE",
      measure: "CAREER_GROWTH",
      baseline: (told) => told.find(({ code }) => code === "public"),
      claimed: (code) => (code === "startup" ? "above" : null),
      unit: "score",
      untold: "Too few records tell of their prospects.",
    }),
};
