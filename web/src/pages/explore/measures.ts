import { figure, shortMoney } from "../../components/format";
import { graphql } from "../../gql";
import type { FiguresFragment, Measure, Unit } from "../../gql/graphql";

interface MeasureText {
  label: string;
  /** What people do, and the text before and after two amounts: “Half of 120 engineers … … X and Y …”. Records “report”. */
  between: [verb: string, before: string, after: string];
}

export const MEASURES: Readonly<Record<Measure, MeasureText>> = {
  BASE_SALARY: { label: "Base salary", between: ["are paid", "a base salary between", "a year"] },
  TOTAL_CASH: { label: "Total cash", between: ["are paid", "total cash between", "a year"] },
  TOTAL_COMPENSATION: { label: "Total compensation", between: ["are paid", "total compensation between", "a year"] },
  BONUS: { label: "Bonus", between: ["get", "a bonus between", "a year"] },
  EQUITY: { label: "Equity", between: ["get", "equity worth between", "a year"] },
  NEGOTIATION_UPLIFT: {
    label: "Negotiation uplift",
    between: ["negotiated", "an uplift of between", "over the first offer"],
  },
  JOB_SATISFACTION: { label: "Job satisfaction", between: ["report", "a score between", "of 5"] },
  CAREER_GROWTH: { label: "Career growth", between: ["report", "a score between", "of 5"] },
  WORK_LIFE_BALANCE: { label: "Work-life balance", between: ["report", "a score between", "of 5"] },
};

/** A figure for a sentence, rounded to four significant digits if it is money. */
export function roundedFigure(value: number, unit: Unit, currency: string): string {
  return figure(unit === "MONEY_PER_YEAR" ? Number(value.toPrecision(4)) : value, unit, currency);
}

/** A figure for an axis or another narrow place. */
export function shortFigure(value: number, unit: Unit, currency: string): string {
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

/** The central value of a distribution with its 95% interval. */
export interface Center {
  value: number;
  low: number;
  high: number;
  /** Whether there is an interval; without one both ends equal the value. */
  hasInterval: boolean;
}

/** The median with its interval; for scores the mean, since their medians are whole numbers. */
export function centerOf({
  unit,
  p50,
  interval,
  mean,
  meanInterval,
}: Pick<FiguresFragment, "unit" | "p50" | "interval" | "mean" | "meanInterval">): Center {
  const [value, ends] = unit === "SCORE_1_TO_5" ? [mean, meanInterval] : [p50, interval];
  return { value, low: ends?.low ?? value, high: ends?.high ?? value, hasInterval: Boolean(ends) };
}

/** The figures of a group as a row of tables and downloads. */
export function figureRow(figures: FiguresFragment) {
  const { value, low, high, hasInterval } = centerOf(figures);
  const { unit, count, p10, p25, p75, p90 } = figures;
  const name = unit === "SCORE_1_TO_5" ? "Mean" : "Median";
  return {
    Records: count,
    P10: p10,
    P25: p25,
    [name]: value,
    P75: p75,
    P90: p90,
    [`${name}, 95% CI low`]: hasInterval ? low : null,
    [`${name}, 95% CI high`]: hasInterval ? high : null,
  };
}
