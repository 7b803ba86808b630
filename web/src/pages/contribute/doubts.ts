import { told } from "./checks";
import type { Answers, Remarks } from "./answers";

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
  const [base, bonus, equity, years] = (["baseSalary", "bonus", "equity", "experience"] as const).map((name) => told(answers, name));
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
