import type { Measure, Unit } from "../../gql/graphql";
import { figure, shortMoney } from "../../parts/format";

interface MeasureWords {
  label: string;
  /** What is in it. */
  hint: string;
  /** "Half of them ... X and Y ...": the words before and after the two. */
  between: [before: string, after: string];
}

export const MEASURES: Readonly<Record<Measure, MeasureWords>> = {
  BASE_SALARY: { label: "Base salary", hint: "Fixed pay, before bonus and equity", between: ["are paid a base salary between", "a year"] },
  TOTAL_CASH: { label: "Total cash", hint: "Base salary and bonus", between: ["are paid between", "a year in cash"] },
  TOTAL_COMPENSATION: { label: "Total compensation", hint: "Base salary, bonus and equity", between: ["are paid between", "a year, all told"] },
  BONUS: { label: "Bonus", hint: "A year, target or paid", between: ["get a bonus between", "a year"] },
  EQUITY: { label: "Equity", hint: "A year, over its vesting", between: ["get equity worth between", "a year"] },
  NEGOTIATION_UPLIFT: { label: "Raise by negotiation", hint: "On top of the first offer", between: ["raised the first offer by between", ""] },
  JOB_SATISFACTION: { label: "Job satisfaction", hint: "A score from 1 to 5", between: ["score it between", "of 5"] },
  CAREER_GROWTH: { label: "Prospects of growth", hint: "A score from 1 to 5", between: ["score them between", "of 5"] },
  WORK_LIFE_BALANCE: { label: "Balance of work and life", hint: "A score from 1 to 5", between: ["score it between", "of 5"] },
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
