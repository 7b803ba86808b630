import { createContext, use, type ReactNode } from "react";
import type { Answers, Name, Remarks } from "./answers";
import { LABELS, REQUIRED } from "./steps";
import "./form.css";

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
