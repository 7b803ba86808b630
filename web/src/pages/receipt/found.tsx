import { useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../../gql";
import type { StatusFragment } from "../../gql/graphql";
import { Failure, Loading, Nothing, wordsOf } from "../../parts/states";
import { Amend } from "./amend";
import { Status } from "./status";
import { Withdraw } from "./withdraw";

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
        <p>See that all eight groups of four are there, and that it is of this service: each has receipts of its own.</p>
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
          <Amend receipt={receipt} currency={submission.standing?.currency} onDone={setChanged} />
          <Withdraw receipt={receipt} onDone={setChanged} />
        </>
      )}
    </>
  );
}
