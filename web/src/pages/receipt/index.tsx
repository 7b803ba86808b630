import { type FormEvent, useEffect, useRef, useState } from "react";
import { useMutation, useQuery } from "urql";
import { Field } from "../../components/field";
import { Failure, Loading, Nothing, wordsOf } from "../../components/query";
import { graphql } from "../../gql";
import type { StatusFragment } from "../../gql/graphql";
import { Amend } from "./amend";
import { flawOf, hold, receiptInHand } from "./receipt";
import { Status } from "./status";
import "./receipt.css";

/** A submission, for whoever holds its receipt: to see it, change it or take it back. */
export default function Receipt() {
  const [receipt, setReceipt] = useState(receiptInHand);

  function take(next: string) {
    hold(next);
    setReceipt(next);
  }

  return (
    <div className="receipt-page">
      <header>
        <h1>Your submission</h1>
        <p>
          With the receipt that you got when you contributed, see how far your submission has come, correct it, or take
          it back.
        </p>
      </header>
      {receipt ? <Found receipt={receipt} close={() => take("")} /> : <FindReceipt onFound={take} />}
    </div>
  );
}

/** Where a receipt is typed or pasted. It is no form that a browser would remember. */
export function FindReceipt({ onFound }: { onFound: (receipt: string) => void }) {
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const flaw = flawOf(typed);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (flaw) input.current?.focus();
    else onFound(typed);
  }

  return (
    <form className="card" noValidate onSubmit={onSubmit}>
      <Field
        label="Receipt"
        required
        hint="Eight groups of four letters and digits. Spaces, dashes and small letters do not matter."
        error={tried && flaw ? flaw : undefined}
      >
        {(control) => (
          <textarea
            {...control}
            ref={input}
            className="input receipt-typed"
            rows={2}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") onSubmit(event);
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
        The receipt stays in this page’s memory: not in the address, not in the browser’s storage. Without it nobody can
        find your submission, and neither can we.
      </p>
    </form>
  );
}

const ByReceipt = graphql(`
  query ByReceipt($receipt: String!) {
    submission(receipt: $receipt) { ...Status }
  }
`);

/** By POST and past every cache: a receipt in an address would end up in logs. */
const SECRETLY = { preferGetMethod: false, requestPolicy: "network-only" } as const;

/** What the service tells of a receipt, and what can be done with it. */
export function Found({ receipt, close }: { receipt: string; close: () => void }) {
  const [{ data, fetching, error }, again] = useQuery({ query: ByReceipt, variables: { receipt }, context: SECRETLY });
  const [changed, setChanged] = useState<{ submission: StatusFragment; words: string } | null>(null);
  const news = useRef<HTMLParagraphElement>(null);
  useEffect(() => news.current?.focus(), [changed]);

  const submission = changed?.submission ?? data?.submission;
  const other = (
    <button type="button" className="button button-quiet" onClick={close}>
      Another receipt
    </button>
  );
  if (error) return <Failure message={wordsOf(error)} retry={() => again()} />;
  if (fetching && !submission) return <Loading what="your submission" />;
  if (!submission) {
    return (
      <Nothing title="No submission has this receipt">
        <p>
          See that all eight groups of four are there, and that it is of this service: each has receipts of its own.
        </p>
        {other}
      </Nothing>
    );
  }
  return (
    <>
      {changed && (
        <p className="news" ref={news} tabIndex={-1} role="status">
          {changed.words}
        </p>
      )}
      <section className="card" aria-labelledby="status-heading">
        <div className="card-head">
          <h2 id="status-heading">How far it has come</h2>
          {other}
        </div>
        <Status of={submission} />
      </section>
      {submission.status !== "WITHDRAWN" && (
        <>
          <Amend receipt={receipt} currency={submission.benchmark?.currency} onDone={setChanged} />
          <Withdraw receipt={receipt} onDone={setChanged} />
        </>
      )}
    </>
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
  onDone: (done: { submission: StatusFragment; words: string }) => void;
}

/** Takes a submission back, once that was said twice: it cannot be undone. */
export function Withdraw({ receipt, onDone }: WithdrawProps) {
  const [sure, setSure] = useState(false);
  const [{ data, fetching, error }, withdraw] = useMutation(WithdrawSalary);
  const keep = useRef<HTMLButtonElement>(null);
  const wrong = error ? [wordsOf(error)] : (data?.withdrawSalary.userErrors.map(({ message }) => message) ?? []);
  useEffect(() => {
    if (sure) keep.current?.focus();
  }, [sure]);

  async function doIt() {
    const { data } = await withdraw({ receipt });
    const submission = data?.withdrawSalary.submission;
    if (submission) onDone({ submission, words: "Your submission is withdrawn: its answers are deleted." });
  }

  return (
    <section className="card" aria-labelledby="withdraw-heading">
      <h2 id="withdraw-heading">Take it back</h2>
      <p>
        Your answers are deleted at once, and a record that is out goes with the next edition. This cannot be undone.
      </p>
      {!sure && (
        <div className="row">
          <button type="button" className="button" onClick={() => setSure(true)}>
            Withdraw…
          </button>
        </div>
      )}
      {sure && (
        <div className="state state-failure" role="group" aria-label="Confirm the withdrawal">
          <p>Really delete these answers?</p>
          <div className="row">
            <button type="button" className="button" ref={keep} onClick={() => setSure(false)}>
              Keep them
            </button>
            <button type="button" className="button" disabled={fetching} onClick={() => void doIt()}>
              {fetching ? "Deleting…" : "Yes, delete them"}
            </button>
          </div>
        </div>
      )}
      {wrong.length > 0 && (
        <p className="wrong" role="alert">
          {wrong.join(" ")}
        </p>
      )}
    </section>
  );
}
