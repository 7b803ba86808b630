import { Link } from "wouter";
import { parseAmount } from "../../components/amount";
import { LIFETIME_MONTHS } from "../../components/contribution-rules";
import { useLabel } from "../../components/factor-values";
import { money, words } from "../../components/format";
import type { Factor } from "../../gql/graphql";
import { useForm } from "./fields";
import type { Progress } from "./proof";
import { isAnswered, type Name, questionOf, STEPS, type StepId } from "./questions";
import type { Sending } from "./use-contribution";

interface StepSendProps {
  progress: Progress;
  sending: Sending;
  /** Whether the draft was sent without receiving a response. */
  unconfirmed: boolean;
  goTo: (step: StepId, name?: Name) => void;
  /** Makes the answers another contribution, beside the one sent before. */
  makeNew: () => void;
}

/** A summary of the answers, their errors, and the state of sending. */
export function StepSend({ progress, sending, unconfirmed, goTo, makeNew }: StepSendProps) {
  const invalid = Object.keys(useForm().errors).length;
  return (
    <div className="question-wide send">
      {unconfirmed && (
        <div className="state state-failure" role="alert">
          <p>
            Your answers were sent, but no response arrived
            {sending.stage === "unconfirmed" ? `: ${sending.reason}` : "."} Send them again to get your receipt; they
            count only once. Until then they cannot be changed.
          </p>
        </div>
      )}
      <AnswerSummary goTo={goTo} />
      {invalid > 0 && (
        <p className="state" role="status">
          {invalid === 1 ? "One answer has" : `${invalid} answers have`} to be corrected before you can send.
        </p>
      )}
      {sending.stage === "rejected" && sending.others.length > 0 && (
        <div className="state state-failure" role="alert">
          {sending.conflict ? (
            <>
              <p>
                This draft was sent before with other answers. If this is another contribution, send it as a new one; to
                correct the first, use its receipt.
              </p>
              <button type="button" className="button" onClick={makeNew}>
                Send as a new contribution
              </button>
            </>
          ) : (
            sending.others.map((message) => <p key={message}>{message}</p>)
          )}
        </div>
      )}
      {sending.stage === "failed" && (
        <div className="state state-failure" role="alert">
          <p>Nothing was sent. {sending.reason}</p>
        </div>
      )}
      <p className="quiet" role="status">
        {sending.stage === "sending" ? "Sending…" : proofText(progress)}
      </p>
      <p className="quiet">
        Your answers are stored until you withdraw them. Records that are published by then may stay for up to{" "}
        {LIFETIME_MONTHS} months, without a link to you.{" "}
        <Link href="/about#contributions">How contributions are used</Link> explains who can see your answers, and what
        is published of them and when.
      </p>
    </div>
  );
}

/** The progress of the proof of work, in steps of 100 attempts so that screen readers do not announce each. */
function proofText(progress: Progress): string {
  switch (progress.stage) {
    case "waiting":
    case "working": {
      const attempts = progress.stage === "working" ? Math.floor(progress.attempts / 100) * 100 : 0;
      const soFar = attempts ? `: over ${attempts} attempts so far, about 250 are typical` : "";
      return `Your browser is solving a small puzzle that protects the service from bots${soFar}. You can press Send now; the answers are sent when it is done.`;
    }
    case "ready":
      return "The puzzle that protects the service from bots is solved. Ready to send.";
    case "failed":
      return `The puzzle that protects the service from bots could not be solved. ${progress.reason} Sending tries again.`;
  }
}

/** The answers by step with their errors, each with a link back to it. */
function AnswerSummary({ goTo }: { goTo: (step: StepId, name?: Name) => void }) {
  const { answers, errors } = useForm();
  return STEPS.filter((step) => step.questions.length).map((step) => {
    const shown = step.questions.filter((name) => isAnswered(answers[name]) || errors[name]);
    return (
      <section key={step.id} className="answer-summary">
        <div className="card-head">
          <h3>{step.title}</h3>
          <button type="button" className="button button-quiet" onClick={() => goTo(step.id)}>
            Change<span className="visually-hidden"> {step.title.toLowerCase()}</span>
          </button>
        </div>
        {shown.length === 0 && <p className="quiet">No answers.</p>}
        <dl>
          {shown.map((name) => (
            <div key={name}>
              <dt>{questionOf(name).label}</dt>
              <dd>
                {isAnswered(answers[name]) && (
                  <span>
                    <Answer name={name} />
                  </span>
                )}
                {errors[name] && (
                  <button type="button" className="answer-error" onClick={() => goTo(step.id, name)}>
                    {errors[name]}
                  </button>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    );
  });
}

function Answer({ name }: { name: Name }) {
  const { answers } = useForm();
  const answer = answers[name];
  const question = questionOf(name);
  const factor = "factor" in question ? question.factor : null;
  if (typeof answer !== "string") {
    return answer.map((code, index) => (
      <span key={code}>
        {index > 0 && ", "}
        {factor ? <Label factor={factor} code={code} /> : words(code)}
      </span>
    ));
  }
  if (factor) return <Label factor={factor} code={answer} />;
  if (name === "effective") return monthText(answer);
  const amount = parseAmount(answer);
  return question.kind === "amount" && answers.currency && !Number.isNaN(amount)
    ? money(amount, answers.currency)
    : answer;
}

/** “November 2026” for 2026-11. */
function monthText(month: string): string {
  const date = new Date(`${month}-01T12:00`);
  return Number.isNaN(date.getTime()) ? month : date.toLocaleDateString("en-GB", { month: "long", year: "numeric" });
}

function Label({ factor, code }: { factor: Factor; code: string }) {
  return useLabel(factor, code);
}
