import { createContext, type ReactNode, use, useId } from "react";
import { readAs } from "../../components/amount";
import { FactorPicker, MultiFactorPicker } from "../../components/factor-picker";
import { Field } from "../../components/field";
import type { Factor } from "../../gql/graphql";
import {
  type Answers,
  earliestMonth,
  type ManyName,
  type Messages,
  type Name,
  type OneName,
  questionOf,
  thisMonth,
} from "./questions";
import "./contribute.css";

interface Form {
  answers: Answers;
  /** Errors, which keep the form from being sent. */
  errors: Messages;
  /** Warnings, which do not. */
  warnings: Messages;
  /** The questions that need an answer; none in a correction. */
  required: ReadonlySet<Name>;
  change: <N extends Name>(name: N, value: Answers[N]) => void;
}

const FormContext = createContext<Form | null>(null);

export function FormProvider({ form, children }: { form: Form; children: ReactNode }) {
  return <FormContext value={form}>{children}</FormContext>;
}

export function useForm(): Form {
  const form = use(FormContext);
  if (!form) throw new Error("A question is rendered outside of a FormProvider.");
  return form;
}

/** The answer to a question, its setter, and the props of its field. */
export function useQuestion<N extends Name>(name: N) {
  const { answers, errors, required, change } = useForm();
  return {
    value: answers[name],
    setValue: (value: Answers[N]) => change(name, value),
    field: { label: questionOf(name).label, required: required.has(name), error: errors[name] },
  };
}

/** The container of a question with the warning about its answer; errors link to it. */
export function Question({ name, wide = false, children }: { name: Name; wide?: boolean; children: ReactNode }) {
  const warning = useForm().warnings[name];
  return (
    <div className={wide ? "question question-wide" : "question"} data-question={name}>
      {children}
      <div role="status">{warning && <p className="field-warning">{warning}</p>}</div>
    </div>
  );
}

/** Focuses the control of a question. */
export function focusOn(name: Name) {
  document.querySelector<HTMLElement>(`[data-question="${name}"] :is(input, select, textarea)`)?.focus();
}

interface QuestionProps<N> {
  name: N;
  hint?: string | undefined;
  wide?: boolean;
  /** Help below the field. */
  children?: ReactNode;
}

/** A question with one value of a factor. */
export function FactorField({
  name,
  factor,
  under,
  none,
  hint,
  wide = false,
  children,
}: QuestionProps<OneName> & { factor: Factor; under?: string; none?: string }) {
  const { value, setValue, field } = useQuestion(name);
  return (
    <Question name={name} wide={wide}>
      <FactorPicker
        {...field}
        hint={hint}
        factor={factor}
        under={under}
        none={none}
        value={value || null}
        onChange={(code) => setValue(code ?? "")}
      />
      {children}
    </Question>
  );
}

/** A question with several values of a factor. */
export function FactorsField({ name, factor, hint, wide = false }: QuestionProps<ManyName> & { factor: Factor }) {
  const { value, setValue, field } = useQuestion(name);
  return (
    <Question name={name} wide={wide}>
      <MultiFactorPicker {...field} hint={hint} factor={factor} values={value} onChange={setValue} />
    </Question>
  );
}

interface TextFieldProps extends QuestionProps<OneName> {
  inputMode?: "text" | "numeric" | "decimal";
  suffix?: string | undefined;
}

/** A question with a line of text, or with a number typed as text. */
export function TextField({ name, hint, wide = false, inputMode = "text", suffix, children }: TextFieldProps) {
  const { value, setValue, field } = useQuestion(name);
  return (
    <Question name={name} wide={wide}>
      <Field {...field} hint={hint}>
        {(control) => (
          <span className="text-field">
            <input
              {...control}
              autoComplete="off"
              inputMode={inputMode}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
            {suffix && <span className="text-field-suffix">{suffix}</span>}
          </span>
        )}
      </Field>
      {children}
    </Question>
  );
}

const SCORES = ["", "1", "2", "3", "4", "5"] as const;

/** A question with a score from 1 to 5, or none. */
export function ScoreField({ name, low, high }: { name: OneName; low: string; high: string }) {
  const { value, setValue, field } = useQuestion(name);
  const id = useId();
  return (
    <Question name={name}>
      <fieldset className="field score">
        <legend>{field.label}</legend>
        <div className="score-choices">
          {SCORES.map((score) => (
            <label key={score}>
              <input type="radio" name={id} value={score} checked={value === score} onChange={() => setValue(score)} />
              {score || "Prefer not to say"}
            </label>
          ))}
        </div>
        <span className="field-hint">
          1 is {low}, 5 is {high}.
        </span>
        {field.error && <span className="field-error">{field.error}</span>}
      </fieldset>
    </Question>
  );
}

/** A collapsed explanation below a field. */
export function Help({ question, children }: { question: string; children: ReactNode }) {
  return (
    <details className="help">
      <summary>{question}</summary>
      <div>{children}</div>
    </details>
  );
}

/** A question with an amount; shows it as it is read, so that a misread separator is noticed. */
export function MoneyField({ name, hint, children }: { name: OneName; hint?: string; children?: ReactNode }) {
  const { answers } = useForm();
  const read = readAs(answers[name], answers.currency);
  return (
    <TextField
      name={name}
      inputMode="decimal"
      hint={[read, hint].filter(Boolean).join(" ") || undefined}
      suffix={answers.currency || undefined}
    >
      {children}
    </TextField>
  );
}

/** The month of the pay; a text field in browsers without a month picker. */
export function MonthField({ hint }: { hint: string }) {
  const { value, setValue, field } = useQuestion("effective");
  return (
    <Question name="effective">
      <Field {...field} hint={hint}>
        {(control) => (
          <input
            {...control}
            type="month"
            min={earliestMonth()}
            max={thisMonth()}
            placeholder="2026-01"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </Field>
    </Question>
  );
}
