import { useLabel } from "../../parts/factor-values";
import { money, words } from "../../parts/format";
import type { Factor } from "../../gql/graphql";
import { amountOf } from "./amount";
import { isTold, type Name } from "./answers";
import { useForm } from "./form";
import { LABELS, STEPS, type StepId } from "./steps";

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
                {isTold(answers[name]) && <span><Answer name={name} /></span>}
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
