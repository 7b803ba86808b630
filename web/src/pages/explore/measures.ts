import { figure, shortMoney } from "../../components/format";
import { graphql } from "../../gql";
import type { FiguresFragment, Measure, Unit } from "../../gql/graphql";

interface MeasureWords {
  label: string;
  /** What is in it. */
  hint: string;
  /** "Half of them ... X and Y ...": the words before and after the two. */
  between: [before: string, after: string];
}

export const MEASURES: Readonly<Record<Measure, MeasureWords>> = {
  BASE_SALARY: {
    label: "Base salary",
    hint: "Fixed pay, before bonus and equity",
    between: ["are paid a base salary between", "a year"],
  },
  TOTAL_CASH: { label: "Total cash", hint: "Base salary and bonus", between: ["are paid between", "a year in cash"] },
  TOTAL_COMPENSATION: {
    label: "Total compensation",
    hint: "Base salary, bonus and equity",
    between: ["are paid between", "a year, all told"],
  },
  BONUS: { label: "Bonus", hint: "A year, target or paid", between: ["get a bonus between", "a year"] },
  EQUITY: { label: "Equity", hint: "A year, over its vesting", between: ["get equity worth between", "a year"] },
  NEGOTIATION_UPLIFT: {
    label: "Raise by negotiation",
    hint: "On top of the first offer",
    between: ["raised the first offer by between", ""],
  },
  JOB_SATISFACTION: { label: "Job satisfaction", hint: "A score from 1 to 5", between: ["score it between", "of 5"] },
  CAREER_GROWTH: { label: "Prospects of growth", hint: "A score from 1 to 5", between: ["score them between", "of 5"] },
  WORK_LIFE_BALANCE: {
    label: "Balance of work and life",
    hint: "A score from 1 to 5",
    between: ["score it between", "of 5"],
  },
};

/** A figure as a sentence tells it: four digits are as many as anybody keeps in mind. */
export function roughly(value: number, unit: Unit, currency: string): string {
  return figure(unit === "MONEY_PER_YEAR" ? Number(value.toPrecision(4)) : value, unit, currency);
}

/** A figure for an axis or another small place. */
export function briefly(value: number, unit: Unit, currency: string): string {
  if (unit !== "MONEY_PER_YEAR") return `${Number(value.toFixed(2))}${unit === "PERCENT" ? "%" : ""}`;
  return shortMoney(value, currency);
}

export const Figures = graphql(`
  fragment Figures on Stats {
    unit
    count
    p10
    p25
    p50
    p75
    p90
    interval { low high }
    mean
    meanInterval { low high }
    confidence
  }
`);

export interface Middle {
  at: number;
  low: number;
  high: number;
  /** Whether there is an interval; without one, both ends are the figure itself. */
  sure: boolean;
}

/** The figure that stands for all: the median; of scores the mean, since their medians are whole numbers. */
export function middleOf({
  unit,
  p50,
  interval,
  mean,
  meanInterval,
}: Pick<FiguresFragment, "unit" | "p50" | "interval" | "mean" | "meanInterval">): Middle {
  const [at, span] = unit === "SCORE_1_TO_5" ? [mean, meanInterval] : [p50, interval];
  return { at, low: span?.low ?? at, high: span?.high ?? at, sure: Boolean(span) };
}

/** What tables and downloads tell of figures. */
export function figureRow(figures: FiguresFragment) {
  const { at, low, high, sure } = middleOf(figures);
  const { unit, count, p10, p25, p75, p90 } = figures;
  const middle = unit === "SCORE_1_TO_5" ? "Mean" : "Median";
  return {
    Records: count,
    P10: p10,
    P25: p25,
    [middle]: at,
    P75: p75,
    P90: p90,
    [`${middle}, 95% from`]: sure ? low : null,
    [`${middle}, 95% to`]: sure ? high : null,
  };
}
