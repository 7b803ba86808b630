import type { SalaryAmendmentInput } from "../../gql/graphql";
import { amountOf, wholeOf } from "../contribute/amount";
import { noAnswers, type Answers, type Name } from "../contribute/answers";
import { enumOf } from "../contribute/submission";

/** The answers that can be corrected, in the order of the form. */
export const AMENDABLE = ["level", "experience", "workMode", "baseSalary", "bonus", "equity", "effective"] as const satisfies readonly Name[];

export function noChanges(currency: string): Answers {
  return { ...noAnswers(), currency, effective: "" };
}

/** Only what was filled in; the rest stays as it is. */
export function changesOf(answers: Answers): SalaryAmendmentInput {
  const changes: SalaryAmendmentInput = {};
  if (answers.level) changes.level = enumOf<NonNullable<SalaryAmendmentInput["level"]>>(answers.level);
  if (answers.workMode) changes.workMode = enumOf<NonNullable<SalaryAmendmentInput["workMode"]>>(answers.workMode);
  if (answers.experience) changes.experience = wholeOf(answers.experience);
  if (answers.effective) changes.effective = answers.effective;
  for (const name of ["baseSalary", "bonus", "equity"] as const) if (answers[name]) changes[name] = amountOf(answers[name]);
  return changes;
}
