import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { Link } from "wouter";
import { parseAmount, parseWhole } from "../../components/amount";
import { asEnum } from "../../components/conditions";
import { LIFETIME_MONTHS } from "../../components/contribution-rules";
import { errorMessage } from "../../components/query";
import { graphql } from "../../gql";
import type { SalaryAmendmentInput, StatusFragment } from "../../gql/graphql";
import { validationErrors, withoutMessage } from "../contribute/checks";
import { FactorField, FormProvider, focusOn, MoneyField, MonthField, TextField } from "../contribute/fields";
import { proofFailure, useProofOfWork } from "../contribute/proof";
import { type Answers, emptyAnswers, type Messages, type Name } from "../contribute/questions";
import { errorsByQuestion } from "../contribute/submission";

const AmendSalary = graphql(`
  mutation AmendSalary($receipt: String!, $proof: String!, $changes: SalaryAmendmentInput!) {
    amendSalary(receipt: $receipt, proof: $proof, changes: $changes) {
      submission { ...Status }
      userErrors { message field }
    }
  }
`);

interface AmendProps {
  receipt: string;
  /** The currency of the submission, if it is known. */
  currency: string | undefined;
  onDone: (change: { submission: StatusFragment; message: string }) => void;
}

/** Corrects a submission. The service does not show its answers, so the fields are empty at first. */
export function Amend({ receipt, currency = "", onDone }: AmendProps) {
  const [answers, setAnswers] = useState<Answers>(() => emptyChanges(currency));
  const [serviceErrors, setServiceErrors] = useState<Messages>({});
  const [others, setOthers] = useState<readonly string[]>([]);
  const [, amend] = useMutation(AmendSalary);
  const [saving, setSaving] = useState(false);
  const errors = { ...serviceErrors, ...validationErrors(answers) };
  const changes = changesOf(answers);
  const { take, discard } = useProofOfWork(Object.keys(changes).length > 0);

  function change<N extends Name>(name: N, value: Answers[N]) {
    setServiceErrors((before) => withoutMessage(before, name));
    setOthers([]);
    setAnswers((before) => ({ ...before, [name]: value }));
  }

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    const first = AMENDABLE.find((name) => errors[name]);
    if (first) return focusOn(first);
    if (!Object.keys(changes).length) return setOthers(["Fill in what has changed; empty fields stay as they are."]);
    if (saving) return;
    setSaving(true);
    await save();
    setSaving(false);
  }

  async function save() {
    let proof: string;
    try {
      proof = await take();
    } catch (error) {
      return setOthers([proofFailure(error)]);
    }
    const { data, error } = await amend({ receipt, proof, changes });
    discard(); // it may have been used
    const submission = data?.amendSalary.submission;
    if (submission) {
      setAnswers(emptyChanges(currency));
      onDone({ submission, message: "Your corrections are saved." });
      return;
    }
    const found = errorsByQuestion(data?.amendSalary.userErrors ?? []);
    setServiceErrors(found.messages);
    setOthers(error ? [errorMessage(error)] : found.others);
    const rejected = AMENDABLE.find((name) => found.messages[name]);
    if (rejected) focusOn(rejected);
  }

  return (
    <section className="card" aria-labelledby="amend-heading">
      <h2 id="amend-heading">Correct</h2>
      <p>
        Fill in only what has changed; empty fields stay as they are. Amounts are in the currency of your submission. A
        receipt does not show your answers, so the fields are empty.
      </p>
      <p>
        If your pay is published already, a corrected level, pay or month is published only once the earlier records are
        removed, up to {LIFETIME_MONTHS} months after their release. For pay of another year,{" "}
        <Link href="/contribute">make a new contribution</Link>.
      </p>
      <FormProvider form={{ answers, errors, warnings: {}, required: NONE, change }}>
        <form noValidate onSubmit={(event) => void onSubmit(event)}>
          <div className="field-group">
            <FactorField name="level" factor="LEVEL" none="Unchanged" />
            <TextField name="experience" inputMode="numeric" suffix="years" />
            <FactorField name="workMode" factor="WORK_MODE" none="Unchanged" />
            <MoneyField name="baseSalary" />
            <MoneyField name="bonus" hint="0 if there is none." />
            <MoneyField name="equity" hint="One year’s share of the grant; 0 if there is none." />
            <MonthField hint="This month or an earlier one, at most a year ago." />
          </div>
          {others.length > 0 && (
            <p className="field-error" role="alert">
              {others.join(" ")}
            </p>
          )}
          <div className="row">
            <button type="submit" className="button button-main" aria-disabled={saving}>
              {saving ? "Saving…" : "Save corrections"}
            </button>
          </div>
        </form>
      </FormProvider>
    </section>
  );
}

const NONE: ReadonlySet<Name> = new Set();

/** The questions whose answers can be corrected, in the order of the form. */
const AMENDABLE = [
  "level",
  "experience",
  "workMode",
  "baseSalary",
  "bonus",
  "equity",
  "effective",
] as const satisfies readonly Name[];

function emptyChanges(currency: string): Answers {
  return { ...emptyAnswers(), currency, effective: "" };
}

/** The changed answers as the API's input. */
function changesOf(answers: Answers): SalaryAmendmentInput {
  const changes: SalaryAmendmentInput = {};
  if (answers.level) changes.level = asEnum<NonNullable<SalaryAmendmentInput["level"]>>(answers.level);
  if (answers.workMode) changes.workMode = asEnum<NonNullable<SalaryAmendmentInput["workMode"]>>(answers.workMode);
  if (answers.experience) changes.experience = parseWhole(answers.experience);
  if (answers.effective) changes.effective = answers.effective;
  for (const name of ["baseSalary", "bonus", "equity"] as const) {
    if (answers[name]) changes[name] = parseAmount(answers[name]);
  }
  return changes;
}
