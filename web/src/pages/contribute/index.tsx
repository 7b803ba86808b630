import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { addressOf } from "../../base";
import { download } from "../../charts/export";
import {
  type ContributionRules,
  enoughContributors,
  releasesText,
  useContributionRules,
} from "../../components/contribution-rules";
import { useLeaveGuard } from "../../components/leave-guard";
import type { StatusFragment } from "../../gql/graphql";
import { setCurrentReceipt } from "../receipt/receipt";
import { Status } from "../receipt/status";
import { ContributionForm, useStep } from "./contribution-form";
import type { Accepted } from "./use-contribution";
import "./contribute.css";

/** Contributing pay: what is published of it, the form, and the receipt. */
export default function ContributePage() {
  const [accepted, setAccepted] = useState<Accepted | null>(null);
  const [, setStep] = useStep();
  const rules = useContributionRules();

  function startNew() {
    setAccepted(null);
    setStep("work");
  }

  return (
    <div className="contribute">
      <header>
        <h1>Contribute your pay</h1>
        <p>
          No account, name or address is needed. {publicationText(rules)} {releasesText(rules)} You can look up, correct
          or withdraw your contribution at any time with the receipt that you get.{" "}
          <Link href="/receipt">I have a receipt</Link>.{" "}
          <Link href="/about#contributions">How contributions are used</Link>
        </p>
      </header>
      {accepted ? (
        <ReceiptCard receipt={accepted.receipt} submission={accepted.submission} onNew={startNew} />
      ) : (
        <ContributionForm rules={rules} onAccepted={setAccepted} />
      )}
    </div>
  );
}

/** What is published of a contribution, and from how many contributors on. */
function publicationText(rules: ContributionRules | undefined): string {
  const enough = enoughContributors(rules);
  if (rules?.employerClasses) {
    return `Your role or role family, level, country and pay are published, the pay to about 10%, and your employer or metro area as well, in the next release in which ${enough} share them. After each further release, a coarser class is enough.`;
  }
  return `Your role, level, country and pay are published, the pay to about 10%, in the next release with ${enough} who share your role, level and country. After some releases, a coarser class is enough.`;
}

const UNSAVED =
  "You have not copied or downloaded your receipt. Without it you cannot view, correct or withdraw your answers. Leave anyway?";
const LINE_LENGTH = 20; // characters before the line break in a narrow window

interface ReceiptCardProps {
  /** Null if the submission was withdrawn meanwhile, or if the service no longer has the receipt. */
  receipt: string | null;
  submission: StatusFragment;
  onNew: () => void;
}

/** The receipt, which is shown only once, and the status of the submission. */
function ReceiptCard({ receipt, submission, onNew }: ReceiptCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [saved, setSaved] = useState(receipt === null);
  useLeaveGuard(!saved, UNSAVED);
  useEffect(() => heading.current?.focus(), []);

  return (
    <>
      <section className="card receipt" aria-labelledby="receipt-heading">
        <h2 id="receipt-heading" ref={heading} tabIndex={-1}>
          Thank you for your contribution
        </h2>
        {receipt ? (
          <Receipt receipt={receipt} onSaved={() => setSaved(true)} />
        ) : (
          <p>It was sent before; its receipt cannot be shown again.</p>
        )}
      </section>
      <section className="card" aria-label="Status">
        <Status of={submission} />
      </section>
      <p>
        <button type="button" className="button" onClick={() => (saved || confirm(UNSAVED)) && onNew()}>
          Make another contribution
        </button>
      </p>
    </>
  );
}

function Receipt({ receipt, onSaved }: { receipt: string; onSaved: () => void }) {
  const [notice, setNotice] = useState("");
  const code = useRef<HTMLElement>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(receipt);
      setNotice("Copied. Paste it somewhere safe.");
      onSaved();
    } catch {
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setNotice("The browser does not allow copying here. The receipt is selected: copy it with the keyboard.");
    }
  }

  function downloadText() {
    download("payrank-receipt.txt", new Blob([receiptText(receipt)], { type: "text/plain" }));
    setNotice("Saved as payrank-receipt.txt.");
    onSaved();
  }

  return (
    <>
      <p>
        This is your receipt. It is the only way to view, correct or withdraw your answers, and it is shown only now:
        neither the service nor this browser stores it.
      </p>
      <code ref={code} className="receipt-code" onCopy={onSaved}>
        <span>{receipt.slice(0, LINE_LENGTH)}</span>
        <span>{receipt.slice(LINE_LENGTH)}</span>
      </code>
      <div className="row">
        <button type="button" className="button button-main" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" className="button" onClick={downloadText}>
          Download as text
        </button>
        <Link href="/receipt" className="button" onClick={() => setCurrentReceipt(receipt)}>
          View, correct or withdraw
        </Link>
      </div>
      <p role="status" className="quiet">
        {notice}
      </p>
    </>
  );
}

function receiptText(receipt: string): string {
  return `PayRank receipt\n\n${receipt}\n\nIt is the only way to view, correct or withdraw the pay that you contributed on ${new Date().toISOString().slice(0, 10)}:\n${location.origin}${addressOf("/receipt")}\n`;
}
