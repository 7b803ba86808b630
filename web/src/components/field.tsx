import { type ReactNode, useId } from "react";

/** What the control of a field must carry, so that its label, hint and error are read out with it. */
export interface Control {
  id: string;
  className: string;
  required: boolean;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

export interface FieldProps {
  label: string;
  required?: boolean | undefined;
  /** What to give, where the label does not say it all. */
  hint?: string | undefined;
  /** What is wrong with what was given, and what to do about it. */
  error?: string | undefined;
}

/** A label, its control, and what is to be said of them. */
export function Field({
  label,
  required = false,
  hint,
  error,
  children,
}: FieldProps & { children: (control: Control) => ReactNode }) {
  const id = useId();
  const said = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {required && <span className="quiet"> (required)</span>}
      </label>
      {children({
        id,
        className: "input",
        required,
        "aria-invalid": Boolean(error),
        "aria-describedby": said || undefined,
      })}
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className="wrong">
          {error}
        </span>
      )}
    </div>
  );
}
