import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { amountOf, wholeOf } from "../../components/amount";
import { wordsOf } from "../../components/query";
import { graphql } from "../../gql";
import type { SalaryAmendmentInput, StatusFragment } from "../../gql/graphql";
import { without, wrongWith } from "../contribute/checks";
import { FormOf, focusOn, Line, MoneyLine, MonthLine, Pick } from "../contribute/fields";
import { type Answers, type Name, noAnswers, type Remarks } from "../contribute/questions";
import { enumOf, placed } from "../contribute/submission";

const AmendSalary = graphql(`
  mutation AmendSalary($receipt: String!, $changes: SalaryAmendmentInput!) {
    amendSalary(receipt: $receipt, changes: $changes) {
      submission { ...Status }
      userErrors { message field }
    }
  }
`);

interface AmendProps {
  receipt: string;
  /** The currency that the pay was told in, where it is known. */
  currency: string | undefined;
  onDone: (done: { submission: StatusFragment; words: string }) => void;
}

/** Corrects what was told. The answers of before are told to nobody, so the fields begin empty. */
export function Amend({ receipt, currency = "", onDone }: AmendProps) {
  const [answers, setAnswers] = useState<Answers>(() => noChanges(currency));
  const [told, setTold] = useState<Remarks>({});
  const [others, setOthers] = useState<readonly string[]>([]);
  const [{ fetching }, amend] = useMutation(AmendSalary);
  const errors = { ...told, ...wrongWith(answers) };
  const changes = changesOf(answers);

  function change<N extends Name>(name: N, value: Answers[N]) {
    setTold((before) => without(before, name));
    setOthers([]);
    setAnswers((before) => ({ ...before, [name]: value }));
  }

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    const first = AMENDABLE.find((name) => errors[name]);
    if (first) return focusOn(first);
    if (!Object.keys(changes).length)
      return setOthers(["Fill in what is different now; what you leave empty stays as it is."]);
    const { data, error } = await amend({ receipt, changes });
    const submission = data?.amendSalary.submission;
    if (submission) {
      setAnswers(noChanges(currency));
      onDone({ submission, words: "Your corrections are in." });
      return;
    }
    const found = placed(data?.amendSalary.userErrors ?? []);
    setTold(found.remarks);
    setOthers(error ? [wordsOf(error)] : found.others);
    const wrong = AMENDABLE.find((name) => found.remarks[name]);
    if (wrong) focusOn(wrong);
  }

  return (
    <section className="card" aria-labelledby="amend-heading">
      <h2 id="amend-heading">Correct it</h2>
      <p>
        Fill in only what is different now; what you leave empty stays as it is. Amounts are in the currency that you
        told. Your answers are shown to nobody, so they are not shown here either.
      </p>
      <FormOf form={{ answers, errors, doubts: {}, optional: true, change }}>
        <form noValidate onSubmit={(event) => void onSubmit(event)}>
          <div className="asks">
            <Pick name="level" factor="LEVEL" none="As before" />
            <Line name="experience" keys="numeric" suffix="years" />
            <Pick name="workMode" factor="WORK_MODE" none="As before" />
            <MoneyLine name="baseSalary" />
            <MoneyLine name="bonus" hint="0 if there is none." />
            <MoneyLine name="equity" hint="One year’s part of the grant; 0 if there is none." />
            <MonthLine hint="The month that the pay is of, not later than this one." />
          </div>
          {others.length > 0 && (
            <p className="wrong" role="alert">
              {others.join(" ")}
            </p>
          )}
          <div className="row">
            <button type="submit" className="button button-main" aria-disabled={fetching}>
              {fetching ? "Saving…" : "Save the corrections"}
            </button>
          </div>
        </form>
      </FormOf>
    </section>
  );
}

/** The answers that can be corrected, in the order of the form. */
export const AMENDABLE = [
  "level",
  "experience",
  "workMode",
  "baseSalary",
  "bonus",
  "equity",
  "effective",
] as const satisfies readonly Name[];

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
  for (const name of ["baseSalary", "bonus", "equity"] as const)
    if (answers[name]) changes[name] = amountOf(answers[name]);
  return changes;
}
