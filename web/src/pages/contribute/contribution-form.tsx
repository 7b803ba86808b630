import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import type { ContributionRules } from "../../components/contribution-rules";
import { warningsFor } from "./checks";
import { FormProvider, focusOn, useForm } from "./fields";
import {
  firstQuestion,
  isAnswered,
  type Messages,
  type Name,
  requiredQuestions,
  STEPS,
  type StepId,
  stepOf,
} from "./questions";
import { StepSend } from "./step-send";
import { StepAbout, StepPay, StepPlace, StepWork } from "./steps";
import { type Accepted, messagesOf, useContribution } from "./use-contribution";

const QUESTION_STEPS = { work: StepWork, place: StepPlace, pay: StepPay, about: StepAbout } as const;

interface ContributionFormProps {
  /** Undefined while they are unknown; the service checks them in any case. */
  rules: ContributionRules | undefined;
  onAccepted: (accepted: Accepted) => void;
}

/** The steps of a contribution, with a draft that is stored in this browser until it is sent. */
export function ContributionForm({ rules, onAccepted }: ContributionFormProps) {
  const [step, setStep] = useStep();
  const needsInvitation = rules?.invitationRequired ?? false;
  const required = requiredQuestions(needsInvitation);
  const contribution = useContribution(step, required, onAccepted);
  const { draft, changed, resumed, missing, errors, progress, sending, answer, sendDraft, startOver, makeNew } =
    contribution;
  const [left, setLeft] = useState<ReadonlySet<StepId>>(new Set()); // steps that were left: these show missing answers
  const heading = useRef<HTMLHeadingElement>(null);
  const focusTarget = useRef<{ step: StepId; name?: Name | undefined } | null>(null); // once its step is rendered

  useEffect(() => {
    if (focusTarget.current?.step !== step) return;
    if (focusTarget.current.name) focusOn(focusTarget.current.name);
    else heading.current?.focus();
    focusTarget.current = null;
  });

  const shownMissing = Object.entries(missing).filter(([name]) => step === "send" || left.has(stepOf(name as Name)));
  const index = STEPS.findIndex(({ id }) => id === step);
  const locked = draft.unconfirmed !== null; // until it is known whether it arrived
  const unconfirmed = locked && sending.stage !== "sending";

  function goTo(next: StepId, name?: Name) {
    focusTarget.current = { step: next, name };
    setLeft((before) => new Set([...before, step]));
    setStep(next);
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const all: Messages = { ...missing, ...errors };
    const first = locked ? undefined : firstQuestion(messagesOf(all, step));
    if (first) goTo(stepOf(first), first);
    else if (step !== "send") goTo(STEPS[index + 1]?.id ?? "send");
    else void sendDraft().then((rejected) => rejected && goTo(stepOf(rejected), rejected));
  }

  function clear() {
    startOver();
    setLeft(new Set());
    focusTarget.current = { step: "work" };
    setStep("work");
  }

  const form = {
    answers: draft.answers,
    errors: { ...Object.fromEntries(shownMissing), ...errors },
    warnings: warningsFor(draft.answers),
    required,
    change: answer,
  };
  const Questions = step === "send" ? null : QUESTION_STEPS[step];
  return (
    <FormProvider form={form}>
      {needsInvitation && <InvitationNotice goTo={() => goTo("about", "invitation")} />}
      <Stepper current={step} goTo={goTo} />
      <form className="card" noValidate onSubmit={onSubmit} aria-labelledby="step-heading">
        <h2 id="step-heading" ref={heading} tabIndex={-1}>
          {STEPS[index]?.title}
        </h2>
        {resumed && step === "work" && !locked && (
          <p className="quiet">These are the answers stored in this browser earlier.</p>
        )}
        {unconfirmed && step !== "send" && (
          <p className="state">
            These answers were sent, but no response arrived. Go to the last step to send them again; until then they
            cannot be changed.
          </p>
        )}
        <fieldset className="field-group" disabled={locked && step !== "send"}>
          {Questions ? (
            <Questions />
          ) : (
            <StepSend progress={progress} sending={sending} unconfirmed={unconfirmed} goTo={goTo} makeNew={makeNew} />
          )}
        </fieldset>
        <div className="row">
          {index > 0 && (
            <button type="button" className="button" onClick={() => goTo(STEPS[index - 1]?.id ?? "work")}>
              Back
            </button>
          )}
          <button type="submit" className="button button-main" aria-disabled={sending.stage === "sending"}>
            {step === "send" ? sendLabel(sending.stage, unconfirmed) : "Next"}
          </button>
        </div>
      </form>
      <DraftStatus changed={changed} clear={clear} />
    </FormProvider>
  );
}

/** Says before all questions that an invitation is needed, and leads to its field. */
function InvitationNotice({ goTo }: { goTo: () => void }) {
  return (
    <div className="state" role="note" aria-label="Invitation">
      <p>
        <strong>You need an invitation to contribute here.</strong> It is a code that can be used once, from the
        operator of this service, and it is not stored with your answers. Its field is in the step “{STEP_OF_INVITATION}
        ”.
      </p>
      <button type="button" className="button" onClick={goTo}>
        Enter the invitation
      </button>
    </div>
  );
}

const STEP_OF_INVITATION = STEPS.find(({ id }) => id === stepOf("invitation"))?.title;

function sendLabel(stage: string, unconfirmed: boolean): string {
  if (stage === "sending") return "Sending…";
  return unconfirmed ? "Send again" : "Send";
}

/** Links to all steps with their state; any can be opened at any time. */
function Stepper({ current, goTo }: { current: StepId; goTo: (step: StepId) => void }) {
  const { answers, errors, required } = useForm();
  return (
    <nav aria-label="Steps">
      <ol className="stepper">
        {STEPS.map(({ id, title, questions }, index) => {
          const invalid = questions.some((name) => errors[name]);
          const started = questions.some((name) => isAnswered(answers[name]));
          const complete = questions.every((name) => !required.has(name) || isAnswered(answers[name]));
          const done = started && !invalid && complete;
          return (
            <li key={id}>
              <button type="button" aria-current={id === current ? "step" : undefined} onClick={() => goTo(id)}>
                <span className="stepper-number" aria-hidden="true">
                  {invalid ? "!" : done ? "✓" : index + 1}
                </span>
                {title}
                <span className="visually-hidden">{invalid ? "(has errors)" : done ? "(done)" : ""}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** Says that the draft is stored here, and clears it after a confirmation. */
function DraftStatus({ changed, clear }: { changed: boolean; clear: () => void }) {
  const [confirming, setConfirming] = useState(false);
  const keepButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (confirming) keepButton.current?.focus();
  }, [confirming]);

  function onClear() {
    setConfirming(false);
    clear();
  }

  return (
    <div className="row quiet">
      <p>
        {changed ? "Your answers are saved" : "Answers are saved"} in this browser as you type. Nothing is sent before
        you press Send.
      </p>
      {changed && !confirming && (
        <button type="button" className="button button-quiet" onClick={() => setConfirming(true)}>
          Clear all answers…
        </button>
      )}
      {changed && confirming && (
        <span className="row" role="group" aria-label="Clear all answers?">
          <button type="button" className="button" ref={keepButton} onClick={() => setConfirming(false)}>
            Keep them
          </button>
          <button type="button" className="button" onClick={onClear}>
            Clear them
          </button>
        </span>
      )}
    </div>
  );
}

/** The current step: in the URL, so that the browser's back and forward buttons move between steps. */
export function useStep(): [StepId, (next: StepId) => void] {
  const [params, setParams] = useSearchParams();
  const step = STEPS.find(({ id }) => id === params.get("step"))?.id ?? "work";
  return [step, (next) => setParams(next === "work" ? {} : { step: next })];
}
