import { markProblem, parseAmount, parseWhole } from "../../components/amount";
import {
  type Answers,
  type Definition,
  earliestMonth,
  isAnswered,
  type Messages,
  NAMES,
  type Name,
  type OneName,
  questionOf,
  REQUIRED,
  thisMonth,
} from "./questions";

const MAX_EMPLOYER_LENGTH = 120;

/** Errors that keep answers from being sent, by question. The service checks again, with more to compare with. */
export function validationErrors(answers: Answers): Messages {
  const numbers = NAMES.map((name) => [name, numberError(questionOf(name), answers[name], answers.currency)]);
  return nonEmpty({
    ...Object.fromEntries(numbers),
    effective: monthError(answers.effective),
    employer: answers.employer.length > MAX_EMPLOYER_LENGTH ? `At most ${MAX_EMPLOYER_LENGTH} characters.` : "",
  });
}

/** What to say at each required question without an answer. */
export function missingAnswers(answers: Answers, required: ReadonlySet<Name> = REQUIRED): Messages {
  const missing = [...required].filter((name) => !isAnswered(answers[name]));
  return Object.fromEntries(missing.map((name) => [name, REQUESTS[name] ?? "This is required."]));
}

const REQUESTS: Messages = {
  role: "Choose your role: pay is compared by role.",
  level: "Choose your level.",
  experience: "Enter your years of experience; 0 if you have just started.",
  workMode: "Choose where you work.",
  country: "Choose the country you work in.",
  currency: "Choose the currency you are paid in.",
  baseSalary: "Enter your base salary per year, before taxes.",
  effective: "Choose the month this pay applies to.",
  invitation: "Enter your invitation: this service takes contributions by invitation only.",
};

function numberError(question: Definition, answer: string | readonly string[], currency: string): string {
  if (typeof answer !== "string") return "";
  if (question.kind === "amount") return amountError(answer, question.min) || markProblem(answer, currency);
  return question.kind === "number" ? wholeError(answer, question.max) : "";
}

function wholeError(text: string, max: number): string {
  return !text.trim() || parseWhole(text) <= max ? "" : `Enter a whole number from 0 to ${max}.`;
}

function amountError(text: string, min: number): string {
  if (!text.trim()) return "";
  const amount = parseAmount(text);
  if (Number.isNaN(amount)) return "Enter an amount such as 85000, 85,000 or 85k.";
  return amount >= min ? "" : "Enter more than 0, or leave it empty.";
}

function monthError(text: string): string {
  if (!text) return "";
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return `Enter a year and a month, such as ${thisMonth()}.`;
  if (text > thisMonth()) return "This month is in the future. Enter pay of this month or earlier.";
  return text < earliestMonth()
    ? `Pay of more than a year ago is not accepted. Enter pay of ${earliestMonth()} or later.`
    : "";
}

function nonEmpty(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).filter(([, message]) => message));
}

/** The messages without that of one question, whose answer has changed. */
export function withoutMessage(messages: Messages, name: Name): Messages {
  const { [name]: _, ...others } = messages;
  return others;
}

/** The number in an answer; null if there is none. */
export function numberAnswer(answers: Answers, name: OneName): number | null {
  const number = parseAmount(answers[name]);
  return Number.isNaN(number) ? null : number;
}

/** Years of experience that are plausible at each level; others are held for a moderator (service/intake/screening.py). */
const PLAUSIBLE_YEARS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  entry: [0, 10],
  senior: [1, 60],
  staff: [3, 60],
  principal: [5, 60],
  executive: [2, 60],
};
const MAX_EQUITY_RATIO = 5; // to the base salary

/** Warnings about unusual combinations of answers, which can be sent all the same. */
export function warningsFor(answers: Answers): Messages {
  const [base, bonus, equity, years] = (["baseSalary", "bonus", "equity", "experience"] as const).map((name) =>
    numberAnswer(answers, name),
  );
  const warnings: Messages = {};
  const [min, max] = PLAUSIBLE_YEARS[answers.level] ?? [0, 60];
  if (years != null && (years < min || years > max)) {
    const unusual = `${years} ${years === 1 ? "year is" : "years are"} unusually ${years < min ? "few" : "many"}`;
    warnings.level = `${unusual} for this level. If it is correct, leave it: a moderator may review it.`;
  }
  if (base && bonus && bonus > base) warnings.bonus = "This is more than the base salary. Are both per year?";
  if (base && equity && equity > MAX_EQUITY_RATIO * base) {
    warnings.equity = `This is over ${MAX_EQUITY_RATIO} times the base salary. Is it one year’s share of the grant?`;
  }
  return warnings;
}

/** The middle 80% of the pay for the same work in the same country. */
export interface TypicalRange {
  p10: number;
  p90: number;
}

export interface UnitGuess {
  /** What the amount looks like, such as “pay for a month”. */
  unit: string;
  /** The amount per year in that case. */
  yearly: number;
}

const UNITS: readonly (readonly [unit: string, perYear: number])[] = [
  ["pay for a month", 12],
  ["pay for two weeks", 26],
  ["pay for a week", 52],
  ["thousands", 1_000],
  ["pay for an hour", 2_080],
];
const UNUSUAL_RATIO = 2; // to P10 or P90: smaller differences are normal

/** The unit that an implausibly low yearly amount was probably entered in: the one closest to typical pay, if any is. */
export function guessUnit(amount: number, { p10, p90 }: TypicalRange): UnitGuess | null {
  if (amount >= p10 / UNUSUAL_RATIO) return null;
  const middle = Math.log(p10 * p90) / 2;
  const distance = ({ yearly }: UnitGuess) => Math.abs(Math.log(yearly) - middle);
  const guesses = UNITS.map(([unit, perYear]) => ({ unit, yearly: amount * perYear }));
  const plausible = guesses.filter(({ yearly }) => !isUnusual(yearly, { p10, p90 }));
  return plausible.toSorted((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** Whether an amount is far enough from typical pay to be checked again. */
export function isUnusual(amount: number, { p10, p90 }: TypicalRange): boolean {
  return amount < p10 / UNUSUAL_RATIO || amount > p90 * UNUSUAL_RATIO;
}
