import { type FormEvent, useEffect, useRef, useState } from "react";
import { useMutation, useQuery } from "urql";
import { LIFETIME_MONTHS } from "../../components/contribution-rules";
import { Field } from "../../components/field";
import { EmptyState, errorMessage, Failure, Loading } from "../../components/query";
import { graphql } from "../../gql";
import type { StatusFragment } from "../../gql/graphql";
import { Amend } from "./amend";
import { currentReceipt, receiptError, setCurrentReceipt } from "./receipt";
import { Status } from "./status";
import "./receipt.css";

/** A submission, found by its receipt: to view, correct or withdraw it. */
export default function ReceiptPage() {
  const [receipt, setReceipt] = useState(currentReceipt);

  function open(next: string) {
    setCurrentReceipt(next);
    setReceipt(next);
  }

  return (
    <div className="receipt-page">
      <header>
        <h1>Your submission</h1>
        <p>Enter the receipt of your contribution to see its status, to correct it or to withdraw it.</p>
      </header>
      {receipt ? <SubmissionView receipt={receipt} close={() => open("")} /> : <ReceiptForm onSubmit={open} />}
    </div>
  );
}

/** Asks for a receipt, in a text area since browsers remember the values of inputs. */
function ReceiptForm({ onSubmit }: { onSubmit: (receipt: string) => void }) {
  const [text, setText] = useState("");
  const [submitted, setSubmitted] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const error = receiptError(text);

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (error) input.current?.focus();
    else onSubmit(text);
  }

  return (
    <form className="card" noValidate onSubmit={submit}>
      <Field
        label="Receipt"
        required
        hint="Eight groups of four letters and digits. Spaces, dashes and letter case do not matter."
        error={submitted && error ? error : undefined}
      >
        {(control) => (
          <textarea
            {...control}
            ref={input}
            className="input receipt-input"
            rows={2}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") submit(event);
            }}
          />
        )}
      </Field>
      <div className="row">
        <button type="submit" className="button button-main">
          Show my submission
        </button>
      </div>
      <p className="quiet">
        The receipt stays in the memory of this page: it is not part of the URL or the browser’s storage. Without it
        nobody can find your submission, including us.
      </p>
    </form>
  );
}

const ByReceipt = graphql(`
  query ByReceipt($receipt: String!) {
    submission(receipt: $receipt) { ...Status }
  }
`);

/** By POST and without caches: a receipt in a URL would end up in logs. */
const PRIVATE = { preferGetMethod: false, requestPolicy: "network-only" } as const;

/** The submission of a receipt, and the forms to correct and withdraw it. */
function SubmissionView({ receipt, close }: { receipt: string; close: () => void }) {
  const [{ data, fetching, error }, refetch] = useQuery({ query: ByReceipt, variables: { receipt }, context: PRIVATE });
  const [changed, setChanged] = useState<Change | null>(null);

  function onChanged(change: Omit<Change, "id">) {
    setChanged((before) => ({ ...change, id: (before?.id ?? 0) + 1 }));
  }

  const submission = changed?.submission ?? data?.submission;
  const closeButton = (
    <button type="button" className="button button-quiet" onClick={close}>
      Another receipt
    </button>
  );
  if (error) return <Failure message={errorMessage(error)} retry={() => refetch()} />;
  if (fetching && !submission) return <Loading what="your submission" />;
  if (!submission) {
    return (
      <EmptyState title="No submission has this receipt">
        <p>Check that all eight groups of four are there and that the receipt was issued by this service.</p>
        {closeButton}
      </EmptyState>
    );
  }
  return (
    <>
      {changed && <Notice key={changed.id} message={changed.message} />}
      <section className="card" aria-labelledby="status-heading">
        <div className="card-head">
          <h2 id="status-heading">Status</h2>
          {closeButton}
        </div>
        <Status of={submission} />
      </section>
      {submission.status !== "WITHDRAWN" && (
        <>
          <Amend receipt={receipt} currency={submission.benchmark?.currency} onDone={onChanged} />
          <Withdraw receipt={receipt} onDone={onChanged} />
        </>
      )}
    </>
  );
}

interface Change {
  id: number;
  submission: StatusFragment;
  message: string;
}

/** A message that takes the focus when it appears. */
function Notice({ message }: { message: string }) {
  const paragraph = useRef<HTMLParagraphElement>(null);
  useEffect(() => paragraph.current?.focus(), []);
  return (
    <p className="notice" ref={paragraph} tabIndex={-1} role="status">
      {message}
    </p>
  );
}

const WithdrawSalary = graphql(`
  mutation WithdrawSalary($receipt: String!) {
    withdrawSalary(receipt: $receipt) {
      submission { ...Status }
      userErrors { message }
    }
  }
`);

interface WithdrawProps {
  receipt: string;
  onDone: (change: { submission: StatusFragment; message: string }) => void;
}

/** Withdraws a submission after a confirmation, since it cannot be undone. */
function Withdraw({ receipt, onDone }: WithdrawProps) {
  const [confirming, setConfirming] = useState(false);
  const [{ data, fetching, error }, withdraw] = useMutation(WithdrawSalary);
  const keepButton = useRef<HTMLButtonElement>(null);
  const errors = error ? [errorMessage(error)] : (data?.withdrawSalary.userErrors.map(({ message }) => message) ?? []);
  useEffect(() => {
    if (confirming) keepButton.current?.focus();
  }, [confirming]);

  async function confirm() {
    const { data } = await withdraw({ receipt });
    const submission = data?.withdrawSalary.submission;
    if (submission) onDone({ submission, message: "Your submission is withdrawn and its answers are deleted." });
  }

  return (
    <section className="card" aria-labelledby="withdraw-heading">
      <h2 id="withdraw-heading">Withdraw</h2>
      <p>
        Your answers and the link to your records are deleted at once. Records that are published already may stay among
        others of their class for up to {LIFETIME_MONTHS} months, but nothing links them to you any more. This cannot be
        undone.
      </p>
      {!confirming && (
        <div className="row">
          <button type="button" className="button" onClick={() => setConfirming(true)}>
            Withdraw…
          </button>
        </div>
      )}
      {confirming && (
        <div className="state state-failure" role="group" aria-label="Confirm the withdrawal">
          <p>Really delete these answers?</p>
          <div className="row">
            <button type="button" className="button" ref={keepButton} onClick={() => setConfirming(false)}>
              Keep them
            </button>
            <button type="button" className="button" disabled={fetching} onClick={() => void confirm()}>
              {fetching ? "Deleting…" : "Yes, delete them"}
            </button>
          </div>
        </div>
      )}
      {errors.length > 0 && (
        <p className="field-error" role="alert">
          {errors.join(" ")}
        </p>
      )}
    </section>
  );
}
