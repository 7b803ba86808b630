import { amountOf, wholeOf } from "./amount";
import { isTold, thisMonth, type Answers, type Name, type OneName, type Remarks } from "./answers";
import { REQUIRED } from "./steps";

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
  return said(Object.fromEntries([...REQUIRED].filter((name) => !isTold(answers[name])).map((name) => [name, ASKED[name] ?? "Please fill this in."])));
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
