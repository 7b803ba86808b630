import { amountOf, wholeOf } from "../../components/amount";
import { type Answers, isTold, type Name, type OneName, REQUIRED, type Remarks, thisMonth } from "./questions";

const MOST_YEARS = 60;
const MOST_OFFERS = 20;
const LONGEST_EMPLOYER = 120;

/** What cannot be sent as it is, as soon as it is typed. The service checks again, with more to compare by. */
export function wrongWith(answers: Answers): Remarks {
  const found: Remarks = {
    experience: whole(answers.experience, MOST_YEARS),
    baseSalary: amount(answers.baseSalary, 1),
    bonus: amount(answers.bonus, 0),
    equity: amount(answers.equity, 0),
    initialOffer: amount(answers.initialOffer, 1),
    competingOffers: whole(answers.competingOffers, MOST_OFFERS),
    effective: month(answers.effective),
    employer: answers.employer.length > LONGEST_EMPLOYER ? `At most ${LONGEST_EMPLOYER} characters, please.` : "",
  };
  return said(found);
}

/** What has to be told before anything can be sent. */
export function missing(answers: Answers): Remarks {
  return said(
    Object.fromEntries(
      [...REQUIRED]
        .filter((name) => !isTold(answers[name]))
        .map((name) => [name, ASKED[name] ?? "Please fill this in."]),
    ),
  );
}

const ASKED: Remarks = {
  role: "Choose your role: what is told is compared by it.",
  level: "Choose your level.",
  experience: "How many years? 0 if you have just begun.",
  workMode: "Choose where you work.",
  country: "Choose the country that you work in.",
  currency: "Choose the currency that you are paid in.",
  baseSalary: "How much is it a year, before taxes?",
  effective: "Choose the month that this is your pay of.",
};

function whole(typed: string, most: number): string {
  if (!typed.trim()) return "";
  const number = wholeOf(typed);
  return number <= most ? "" : `A whole number from 0 to ${most}, please.`;
}

function amount(typed: string, least: number): string {
  if (!typed.trim()) return "";
  const number = amountOf(typed);
  if (Number.isNaN(number)) return "Digits only, please: 85000 or 85,000. The currency is chosen above.";
  return number >= least ? "" : "More than 0, please; or leave it empty.";
}

function month(typed: string): string {
  if (!typed) return "";
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(typed)) return `A year and a month, please: ${thisMonth()}.`;
  return typed > thisMonth() ? "This month is still to come; tell pay of this month or before." : "";
}

function said(remarks: Remarks): Remarks {
  return Object.fromEntries(Object.entries(remarks).filter(([, words]) => words));
}

/** The remarks without one: it is no longer true once its answer has changed. */
export function without(remarks: Remarks, name: Name): Remarks {
  const { [name]: _, ...others } = remarks;
  return others;
}

/** The number that was typed, where one was and it can be read. */
export function told(answers: Answers, name: OneName): number | null {
  const number = amountOf(answers[name]);
  return Number.isNaN(number) ? null : number;
}

/** Years that a level goes with; outside, the service asks a moderator to look (service/intake/screening.py). */
const PLAUSIBLE_YEARS: Readonly<Record<string, readonly [number, number]>> = {
  entry: [0, 10],
  senior: [1, 60],
  staff: [3, 60],
  principal: [5, 60],
  executive: [2, 60],
};
const MOST_EQUITY = 5; // times the base salary

/** Friendly questions about answers that seldom go together. None of them stops anybody. */
export function doubtsOf(answers: Answers): Remarks {
  const [base, bonus, equity, years] = (["baseSalary", "bonus", "equity", "experience"] as const).map((name) =>
    told(answers, name),
  );
  const found: Remarks = {};
  const [least, most] = PLAUSIBLE_YEARS[answers.level] ?? [0, 60];
  if (years != null && (years < least || years > most)) {
    found.level = `${years} ${years === 1 ? "year is" : "years are"} unusually ${years < least ? "few" : "many"} for this level. If that is how it is, leave it: a moderator may have a look.`;
  }
  if (base && bonus && bonus > base) found.bonus = "That is more than the base salary. Are both for one year?";
  if (base && equity && equity > MOST_EQUITY * base) {
    found.equity = `That is over ${MOST_EQUITY} times the base salary. Is it one year’s part of the grant?`;
  }
  return found;
}

/** Pay that other people of the same work and country tell of: all but the lowest and the highest tenth lie within. */
export interface Usual {
  p10: number;
  p90: number;
}

export interface Reading {
  /** What the amount looks like. */
  as: string;
  /** What it comes to a year then. */
  yearly: number;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["pay for a month", 12],
  ["pay for two weeks", 26],
  ["pay for a week", 52],
  ["thousands", 1_000],
  ["pay for an hour", 2_080],
];
const FAR = 2; // times below P10 or above P90: nearer than that people simply differ

/** What an amount may be instead of a year's pay: the reading that comes nearest to the middle, if one is usual. */
export function likelyUnit(amount: number, { p10, p90 }: Usual): Reading | null {
  if (amount >= p10 / FAR) return null;
  const middle = Math.log(p10 * p90) / 2;
  const far = ({ yearly }: Reading) => Math.abs(Math.log(yearly) - middle);
  const readings = UNITS.map(([as, times]) => ({ as, yearly: amount * times })).filter(
    ({ yearly }) => yearly >= p10 / FAR && yearly <= p90 * FAR,
  );
  return readings.toSorted((a, b) => far(a) - far(b))[0] ?? null;
}

/** Whether an amount is so far from what is usual that a second look is worth it. */
export function isFar(amount: number, { p10, p90 }: Usual): boolean {
  return amount < p10 / FAR || amount > p90 * FAR;
}
