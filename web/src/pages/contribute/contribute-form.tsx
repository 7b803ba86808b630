import { useEffect, useRef, useState, type FormEvent } from "react";
import type { Name, Remarks } from "./answers";
import { ClearDraft } from "./clear-draft";
import { doubtsOf } from "./doubts";
import { focusOn, FormOf } from "./form";
import { firstOf, STEPS, stepOf, type StepId } from "./steps";
import { StepAbout } from "./step-about";
import { StepPay } from "./step-pay";
import { StepPlace } from "./step-place";
import { Stepper } from "./stepper";
import { StepSend } from "./step-send";
import { StepWork } from "./step-work";
import { ofStep, useContribution, type Taken } from "./use-contribution";
import { useStep } from "./use-step";

/** The steps of a contribution, over a draft that is kept in this browser until it is sent. */
export function ContributeForm({ onTaken }: { onTaken: (taken: Taken) => void }) {
  const [step, setStep] = useStep();
  const { draft, changed, resumed, absent, wrong, progress, sending, answer, sendAll, startOver, asAnother } = useContribution(step, onTaken);
  const [asked, setAsked] = useState<ReadonlySet<StepId>>(new Set()); // steps that were gone on from: what they miss is said
  const heading = useRef<HTMLHeadingElement>(null);
  const wanted = useRef<{ step: StepId; name?: Name | undefined } | null>(null); // where the focus goes once that step is shown

  useEffect(() => {
    if (wanted.current?.step !== step) return;
    if (wanted.current.name) focusOn(wanted.current.name);
    else heading.current?.focus();
    wanted.current = null;
  });

  const all: Remarks = { ...absent, ...wrong };
  const said = Object.entries(absent).filter(([name]) => step === "send" || asked.has(stepOf(name as Name)));
  const at = STEPS.findIndex(({ id }) => id === step);
  const locked = draft.unanswered !== null; // until it is known what became of it
  const unanswered = locked && sending.stage !== "sending";

  function goTo(next: StepId, name?: Name) {
    wanted.current = { step: next, name };
    setAsked((before) => new Set([...before, step]));
    setStep(next);
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const first = locked ? undefined : firstOf(ofStep(all, step));
    if (first) goTo(stepOf(first), first);
    else if (step !== "send") goTo(STEPS[at + 1]?.id ?? "send");
    else void sendAll().then((refused) => refused && goTo(stepOf(refused), refused));
  }

  return (
    <FormOf form={{ answers: draft.answers, errors: { ...Object.fromEntries(said), ...wrong }, doubts: doubtsOf(draft.answers), change: answer }}>
      <Stepper at={step} goTo={goTo} />
      <form className="card" noValidate onSubmit={onSubmit} aria-labelledby="step-heading">
        <h2 id="step-heading" ref={heading} tabIndex={-1}>
          {STEPS[at]?.title}
        </h2>
        {resumed && step === "work" && !locked && <p className="quiet">These are the answers that this browser has kept from before.</p>}
        {unanswered && step !== "send" && <p className="state">These answers were sent, and no answer came back. Go to the last step to send them again; until then they stay as they are.</p>}
        <fieldset className="asks" disabled={locked && step !== "send"}>
          {step === "work" && <StepWork />}
          {step === "place" && <StepPlace />}
          {step === "pay" && <StepPay />}
          {step === "about" && <StepAbout />}
          {step === "send" && <StepSend progress={progress} sending={sending} unanswered={unanswered} goTo={goTo} asAnother={asAnother} />}
        </fieldset>
        <div className="row">
          {at > 0 && (
            <button type="button" className="button" onClick={() => goTo(STEPS[at - 1]?.id ?? "work")}>
              Back
            </button>
          )}
          <button type="submit" className="button button-main" aria-disabled={sending.stage === "sending"}>
            {step !== "send" ? "Next" : sending.stage === "sending" ? "Sending…" : unanswered ? "Send again" : "Send"}
          </button>
        </div>
      </form>
      <ClearDraft
        changed={changed}
        clear={() => {
          startOver();
          setAsked(new Set());
          wanted.current = { step: "work" };
          setStep("work");
        }}
      />
    </FormOf>
  );
}
