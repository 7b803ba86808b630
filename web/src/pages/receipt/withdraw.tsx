import { useEffect, useRef, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../../gql";
import type { StatusFragment } from "../../gql/graphql";
import { wordsOf } from "../../parts/states";

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
      <p>Your answers are deleted at once, and a record that is out goes with the next edition. This cannot be undone.</p>
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
