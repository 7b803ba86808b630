import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { doubtsOf } from "./checks";
import { FormOf, focusOn, useForm } from "./fields";
import { firstOf, isTold, type Name, REQUIRED, type Remarks, STEPS, type StepId, stepOf } from "./questions";
import { StepSend } from "./step-send";
import { StepAbout, StepPay, StepPlace, StepWork } from "./steps";
import { ofStep, type Taken, useContribution } from "./use-contribution";

/** The steps of a contribution, over a draft that is kept in this browser until it is sent. */
export function ContributeForm({ onTaken }: { onTaken: (taken: Taken) => void }) {
  const [step, setStep] = useStep();
  const { draft, changed, resumed, absent, wrong, progress, sending, answer, sendAll, startOver, asAnother } =
    useContribution(step, onTaken);
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
    <FormOf
      form={{
        answers: draft.answers,
        errors: { ...Object.fromEntries(said), ...wrong },
        doubts: doubtsOf(draft.answers),
        change: answer,
      }}
    >
      <Stepper at={step} goTo={goTo} />
      <form className="card" noValidate onSubmit={onSubmit} aria-labelledby="step-heading">
        <h2 id="step-heading" ref={heading} tabIndex={-1}>
          {STEPS[at]?.title}
        </h2>
        {resumed && step === "work" && !locked && (
          <p className="quiet">These are the answers that this browser has kept from before.</p>
        )}
        {unanswered && step !== "send" && (
          <p className="state">
            These answers were sent, and no answer came back. Go to the last step to send them again; until then they
            stay as they are.
          </p>
        )}
        <fieldset className="asks" disabled={locked && step !== "send"}>
          {step === "work" && <StepWork />}
          {step === "place" && <StepPlace />}
          {step === "pay" && <StepPay />}
          {step === "about" && <StepAbout />}
          {step === "send" && (
            <StepSend progress={progress} sending={sending} unanswered={unanswered} goTo={goTo} asAnother={asAnother} />
          )}
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

/** The steps, each with how far it has come; any can be gone to at any time. */
export function Stepper({ at, goTo }: { at: StepId; goTo: (step: StepId) => void }) {
  const { answers, errors } = useForm();
  return (
    <nav aria-label="Steps">
      <ol className="stepper">
        {STEPS.map(({ id, title, asks }, number) => {
          const wrong = asks.some((name) => errors[name]);
          const started = asks.some((name) => isTold(answers[name]));
          const done = started && !wrong && asks.every((name) => !REQUIRED.has(name) || isTold(answers[name]));
          return (
            <li key={id}>
              <button type="button" aria-current={id === at ? "step" : undefined} onClick={() => goTo(id)}>
                <span className="stepper-number" aria-hidden="true">
                  {wrong ? "!" : done ? "✓" : number + 1}
                </span>
                {title}
                <span className="visually-hidden">{wrong ? "(needs another look)" : done ? "(done)" : ""}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** Says where the answers are, and forgets them there once that was said twice. */
export function ClearDraft({ changed, clear }: { changed: boolean; clear: () => void }) {
  const [sure, setSure] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (sure) keep.current?.focus();
  }, [sure]);

  return (
    <div className="row quiet">
      <p>
        {changed ? "Your answers are saved" : "Answers are saved"} in this browser as you type. Nothing is sent before
        you press Send.
      </p>
      {changed && !sure && (
        <button type="button" className="button button-quiet" onClick={() => setSure(true)}>
          Clear all answers…
        </button>
      )}
      {changed && sure && (
        <span className="row" role="group" aria-label="Clear all answers?">
          <button type="button" className="button" ref={keep} onClick={() => setSure(false)}>
            Keep them
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              setSure(false);
              clear();
            }}
          >
            Clear them
          </button>
        </span>
      )}
    </div>
  );
}

/** The step that is shown: in the address, so that the browser's own back and forward go through the steps. */
export function useStep(): [StepId, (next: StepId) => void] {
  const [params, setParams] = useSearchParams();
  const step = STEPS.find(({ id }) => id === params.get("step"))?.id ?? "work";
  return [step, (next) => setParams(next === "work" ? {} : { step: next })];
}
