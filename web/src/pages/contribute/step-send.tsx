import { Link } from "wouter";
import { amountOf } from "../../components/amount";
import { useLabel } from "../../components/factor-values";
import { money, words } from "../../components/format";
import type { Factor } from "../../gql/graphql";
import { useForm } from "./fields";
import type { Progress } from "./proof";
import { isTold, LABELS, type Name, STEPS, type StepId } from "./questions";
import type { Sending } from "./use-contribution";

interface StepSendProps {
  progress: Progress;
  sending: Sending;
  /** Something was sent before and no answer came. */
  unanswered: boolean;
  goTo: (step: StepId, name?: Name) => void;
  /** Have these answers count beside those that were sent under the same key before. */
  asAnother: () => void;
}

/** All answers once more, what is in the way of sending, and what sending does. */
export function StepSend({ progress, sending, unanswered, goTo, asAnother }: StepSendProps) {
  const wrong = Object.keys(useForm().errors).length;
  return (
    <div className="ask-wide send">
      {unanswered && (
        <div className="state state-failure" role="alert">
          <p>
            Your answers were sent, but no answer came back{sending.stage === "lost" && `: ${sending.why}`} They may
            have arrived or not. Send them again: however often you do, they count once, and you get your receipt. Until
            then they stay as they are.
          </p>
        </div>
      )}
      <ToldAnswers goTo={goTo} />
      {wrong > 0 && (
        <p className="state" role="status">
          {wrong === 1 ? "One answer needs" : `${wrong} answers need`} another look before you can send.
        </p>
      )}
      {sending.stage === "wrong" && sending.others.length > 0 && (
        <div className="state state-failure" role="alert">
          {sending.conflict ? (
            <>
              <p>
                This browser sent this draft before, with other answers. If this is another pay, send it as another; to
                change the first, use its receipt.
              </p>
              <button type="button" className="button" onClick={asAnother}>
                Make it another
              </button>
            </>
          ) : (
            sending.others.map((message) => <p key={message}>{message}</p>)
          )}
        </div>
      )}
      {sending.stage === "unsent" && (
        <div className="state state-failure" role="alert">
          <p>Nothing was sent. {sending.why}</p>
        </div>
      )}
      <p className="quiet" role="status">
        {sending.stage === "sending" ? "Sending…" : wordsOfProof(progress)}
      </p>
      <p className="quiet">
        What you send is kept until you withdraw it. <Link href="/about">What becomes of it</Link> says who can see it,
        and how coarse it is published.
      </p>
    </div>
  );
}

/** How far the proof of work has come. Tries change all the time and are told in steps, so that nobody has to hear each. */
function wordsOfProof(progress: Progress): string {
  switch (progress.stage) {
    case "waiting":
    case "working": {
      const tries = progress.stage === "working" ? Math.floor(progress.tries / 100) * 100 : 0;
      return `Your browser solves a small puzzle that keeps machines from flooding the service${tries ? `: over ${tries} tries so far, some 250 are usual` : ""}. You can send at once; it goes out when this is done.`;
    }
    case "ready":
      return "The puzzle that keeps machines out is solved. Ready to send.";
    case "failed":
      return `The puzzle that keeps machines out could not be solved. ${progress.why} It is tried again when you send.`;
  }
}

/** The questions whose answers are codes, with their factors: the codes have names for people. */
const FACTORS: Partial<Record<Name, Factor>> = {
  role: "ROLE",
  specializations: "SPECIALIZATION",
  level: "LEVEL",
  workMode: "WORK_MODE",
  employmentType: "EMPLOYMENT_TYPE",
  country: "COUNTRY",
  metro: "METRO",
  subdivision: "SUBDIVISION",
  benefits: "BENEFIT",
  education: "EDUCATION",
  fieldOfStudy: "FIELD_OF_STUDY",
  certifications: "CERTIFICATION",
  skills: "SKILL",
  employerSize: "EMPLOYER_SIZE",
  employerType: "EMPLOYER_TYPE",
  industry: "INDUSTRY",
};
const AMOUNTS: readonly Name[] = ["baseSalary", "bonus", "equity", "initialOffer"];

/** All that will be sent, by step, each with the way back to it, and what is wrong with it. */
export function ToldAnswers({ goTo }: { goTo: (step: StepId, name?: Name) => void }) {
  const { answers, errors } = useForm();
  return STEPS.filter((step) => step.asks.length).map((step) => {
    const shown = step.asks.filter((name) => isTold(answers[name]) || errors[name]);
    return (
      <section key={step.id} className="told">
        <div className="card-head">
          <h3>{step.title}</h3>
          <button type="button" className="button button-quiet" onClick={() => goTo(step.id)}>
            Change<span className="visually-hidden"> {step.title.toLowerCase()}</span>
          </button>
        </div>
        {shown.length === 0 && <p className="quiet">Nothing told.</p>}
        <dl>
          {shown.map((name) => (
            <div key={name}>
              <dt>{LABELS[name]}</dt>
              <dd>
                {isTold(answers[name]) && (
                  <span>
                    <Answer name={name} />
                  </span>
                )}
                {errors[name] && (
                  <button type="button" className="told-wrong" onClick={() => goTo(step.id, name)}>
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
  const factor = FACTORS[name];
  if (typeof answer !== "string") {
    return answer.map((code, at) => (
      <span key={code}>
        {at > 0 && ", "}
        {factor ? <Label factor={factor} code={code} /> : words(code)}
      </span>
    ));
  }
  if (factor) return <Label factor={factor} code={answer} />;
  if (name === "effective") return monthOf(answer);
  const amount = amountOf(answer);
  return AMOUNTS.includes(name) && answers.currency && !Number.isNaN(amount) ? money(amount, answers.currency) : answer;
}

/** November 2026 */
function monthOf(typed: string): string {
  const date = new Date(`${typed}-01T12:00`);
  return Number.isNaN(date.getTime()) ? typed : date.toLocaleDateString("en-GB", { month: "long", year: "numeric" });
}

function Label({ factor, code }: { factor: Factor; code: string }) {
  return useLabel(factor, code);
}
