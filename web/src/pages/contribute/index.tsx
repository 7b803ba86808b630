import { useState } from "react";
import { Link } from "wouter";
import { ContributeForm } from "./contribute-form";
import { ReceiptCard } from "./receipt-card";
import type { Taken } from "./use-contribution";
import { useStep } from "./use-step";
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
          No account, no name, no address: what you tell is published only once at least four others share its place, role and level, and made coarser until they do. You
          can see it, change it or take it back at any time with the receipt that you get. <Link href="/about">What becomes of it</Link>
        </p>
      </header>
      {taken ? <ReceiptCard receipt={taken.receipt} submission={taken.submission} again={again} /> : <ContributeForm onTaken={setTaken} />}
    </div>
  );
}
