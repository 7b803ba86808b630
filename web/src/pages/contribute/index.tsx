import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { save } from "../../charts/export";
import type { StatusFragment } from "../../gql/graphql";
import { hold } from "../receipt/receipt";
import { Status } from "../receipt/status";
import { ContributeForm, useStep } from "./contribute-form";
import type { Taken } from "./use-contribution";
import "./contribute.css";

/** Telling what one earns: the promise, the steps, and in the end the receipt. */
export default function Contribute() {
  const [taken, setTaken] = useState<Taken | null>(null);
  const [, setStep] = useStep();

  function again() {
    setTaken(null);
    setStep("work");
  }

  return (
    <div className="contribute">
      <header>
        <h1>Contribute your pay</h1>
        <p>
          No account, no name, no address: what you tell is published only once at least four others share its place,
          role and level, and made coarser until they do. You can see it, change it or take it back at any time with the
          receipt that you get. <Link href="/about">What becomes of it</Link>
        </p>
      </header>
      {taken ? (
        <ReceiptCard receipt={taken.receipt} submission={taken.submission} again={again} />
      ) : (
        <ContributeForm onTaken={setTaken} />
      )}
    </div>
  );
}

const HALF = 20; // characters: where a narrow window breaks the line

interface ReceiptCardProps {
  /** Null where the submission was withdrawn meanwhile, or the service can no longer tell it. */
  receipt: string | null;
  submission: StatusFragment;
  again: () => void;
}

/** The receipt, shown this once, and where the pay stands. */
export function ReceiptCard({ receipt, submission, again }: ReceiptCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <section className="card receipt" aria-labelledby="receipt-heading">
        <h2 id="receipt-heading" ref={heading} tabIndex={-1}>
          Thank you: your pay is in
        </h2>
        {receipt ? <Receipt receipt={receipt} /> : <p>This was sent before, and its receipt cannot be shown again.</p>}
      </section>
      <section className="card" aria-label="What became of it">
        <Status of={submission} />
      </section>
      <p>
        <button type="button" className="button" onClick={again}>
          Contribute another pay
        </button>
      </p>
    </>
  );
}

function Receipt({ receipt }: { receipt: string }) {
  const [said, setSaid] = useState("");
  const code = useRef<HTMLElement>(null);
  useKeepOpen(!said);

  async function copy() {
    try {
      await navigator.clipboard.writeText(receipt);
      setSaid("Copied. Paste it where you will find it again.");
    } catch {
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setSaid("The browser does not let pages copy here. The receipt is selected: copy it by the keyboard.");
    }
  }

  function download() {
    save("payrank-receipt.txt", new Blob([textOf(receipt)], { type: "text/plain" }));
    setSaid("Saved as payrank-receipt.txt.");
  }

  return (
    <>
      <p>
        This is your receipt. It is the only way to see, change or take back what you sent, and it is shown only now: we
        keep no copy, and neither does this browser.
      </p>
      <code ref={code} className="receipt-code">
        <span>{receipt.slice(0, HALF)}</span>
        <span>{receipt.slice(HALF)}</span>
      </code>
      <div className="row">
        <button type="button" className="button button-main" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" className="button" onClick={download}>
          Download as text
        </button>
        <Link href="/receipt" className="button" onClick={() => hold(receipt)}>
          See, change or take back
        </Link>
      </div>
      <p role="status" className="quiet">
        {said}
      </p>
    </>
  );
}

function textOf(receipt: string): string {
  return `PayRank receipt\n\n${receipt}\n\nIt is the only way to see, change or take back the pay that you contributed on ${new Date().toISOString().slice(0, 10)}:\n${location.origin}/receipt\n`;
}

/** Has the browser ask before it leaves with a receipt that nobody has kept. */
function useKeepOpen(wanted: boolean) {
  useEffect(() => {
    if (!wanted) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [wanted]);
}
