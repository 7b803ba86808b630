import { createContext, type ReactNode, use, useId } from "react";
import { amountOf } from "../../components/amount";
import { ValuePicker, ValuesPicker } from "../../components/factor-picker";
import { Field } from "../../components/field";
import { money } from "../../components/format";
import type { Factor } from "../../gql/graphql";
import {
  type Answers,
  LABELS,
  type ManyName,
  type Name,
  type OneName,
  REQUIRED,
  type Remarks,
  thisMonth,
} from "./questions";
import "./contribute.css";

interface Form {
  answers: Answers;
  /** What is wrong: keeps from sending. */
  errors: Remarks;
  /** What seldom is so: a question, nothing more. */
  doubts: Remarks;
  /** Nothing has to be told, as in a correction. */
  optional?: boolean;
  change: <N extends Name>(name: N, value: Answers[N]) => void;
}

const FormContext = createContext<Form | null>(null);

export function FormOf({ form, children }: { form: Form; children: ReactNode }) {
  return <FormContext value={form}>{children}</FormContext>;
}

export function useForm(): Form {
  const form = use(FormContext);
  if (!form) throw new Error("A question is asked outside of a form.");
  return form;
}

/** A question's answer, how to change it, and what its field says. */
export function useAsk<N extends Name>(name: N) {
  const { answers, errors, optional = false, change } = useForm();
  return {
    value: answers[name],
    give: (value: Answers[N]) => change(name, value),
    field: { label: LABELS[name], required: !optional && REQUIRED.has(name), error: errors[name] },
  };
}

/** Where a question stands in the page, with the doubt about its answer; an error leads there. */
export function Place({ name, wide = false, children }: { name: Name; wide?: boolean; children: ReactNode }) {
  const doubt = useForm().doubts[name];
  return (
    <div className={wide ? "ask ask-wide" : "ask"} data-ask={name}>
      {children}
      <div role="status">{doubt && <p className="doubt">{doubt}</p>}</div>
    </div>
  );
}

/** Puts the focus on the control of a question. */
export function focusOn(name: Name) {
  document.querySelector<HTMLElement>(`[data-ask="${name}"] :is(input, select, textarea)`)?.focus();
}

interface Ask<N> {
  name: N;
  hint?: string | undefined;
  wide?: boolean;
  /** Help in place, below the field. */
  children?: ReactNode;
}

/** One value of a factor. */
export function Pick({
  name,
  factor,
  under,
  none,
  hint,
  wide = false,
  children,
}: Ask<OneName> & { factor: Factor; under?: string; none?: string }) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <ValuePicker
        {...field}
        hint={hint}
        factor={factor}
        under={under}
        none={none}
        value={value || null}
        onChange={(code) => give(code ?? "")}
      />
      {children}
    </Place>
  );
}

/** Several values of a factor. */
export function PickMany({ name, factor, hint, wide = false }: Ask<ManyName> & { factor: Factor }) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <ValuesPicker {...field} hint={hint} factor={factor} values={value} onChange={give} />
    </Place>
  );
}

interface LineProps extends Ask<OneName> {
  /** The keys that a phone offers for it. */
  keys?: "text" | "numeric" | "decimal";
  suffix?: string | undefined;
}

/** A line of text, or a number typed as one. */
export function Line({ name, hint, wide = false, keys = "text", suffix, children }: LineProps) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <Field {...field} hint={hint}>
        {(control) => (
          <span className="line">
            <input
              {...control}
              autoComplete="off"
              inputMode={keys}
              value={value}
              onChange={(event) => give(event.target.value)}
            />
            {suffix && <span className="line-suffix">{suffix}</span>}
          </span>
        )}
      </Field>
      {children}
    </Place>
  );
}

const SCORES = ["", "1", "2", "3", "4", "5"] as const;

/** A score from 1 to 5, or none. */
export function Score({ name, low, high }: { name: OneName; low: string; high: string }) {
  const { value, give, field } = useAsk(name);
  const id = useId();
  return (
    <Place name={name}>
      <fieldset className="field score">
        <legend>{field.label}</legend>
        <div className="score-choices">
          {SCORES.map((score) => (
            <label key={score}>
              <input type="radio" name={id} value={score} checked={value === score} onChange={() => give(score)} />
              {score || "Not told"}
            </label>
          ))}
        </div>
        <span className="hint">
          1 is {low}, 5 is {high}.
        </span>
        {field.error && <span className="wrong">{field.error}</span>}
      </fieldset>
    </Place>
  );
}

/** A question with its answer in place, for whoever wonders. */
export function Help({ question, children }: { question: string; children: ReactNode }) {
  return (
    <details className="help">
      <summary>{question}</summary>
      <div>{children}</div>
    </details>
  );
}

/** An amount, with what it is read as, so that a separator too few or too many is seen at once. */
export function MoneyLine({ name, hint, children }: { name: OneName; hint?: string; children?: ReactNode }) {
  const { answers } = useForm();
  const read = amountOf(answers[name]);
  const readAs =
    answers.currency && !Number.isNaN(read) ? `Read as ${money(read, answers.currency)} a year.` : undefined;
  return (
    <Line
      name={name}
      keys="decimal"
      hint={[readAs, hint].filter(Boolean).join(" ") || undefined}
      suffix={answers.currency || undefined}
    >
      {children}
    </Line>
  );
}

/** The month that the pay is of; browsers without a picker of months take it as text. */
export function MonthLine({ hint }: { hint: string }) {
  const { value, give, field } = useAsk("effective");
  return (
    <Place name="effective">
      <Field {...field} hint={hint}>
        {(control) => (
          <input
            {...control}
            type="month"
            min="2000-01"
            max={thisMonth()}
            placeholder="2026-01"
            value={value}
            onChange={(event) => give(event.target.value)}
          />
        )}
      </Field>
    </Place>
  );
}
