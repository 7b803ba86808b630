import { type ReactNode, useId } from "react";
import { readAs } from "./amount";

/** Attributes of a field's control: with them its label, hint and error are announced together with it. */
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
  /** What to enter, if the label alone leaves it open. */
  hint?: string | undefined;
  /** What is wrong with the value and how to correct it. */
  error?: string | undefined;
}

/** A label, its control, and their hint and error. */
export function Field({
  label,
  required = false,
  hint,
  error,
  children,
}: FieldProps & { children: (control: Control) => ReactNode }) {
  const id = useId();
  const descriptions = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label id={labelId(id)} htmlFor={id}>
        {label}
        {required && <span className="quiet"> (required)</span>}
      </label>
      {children({
        id,
        className: "input",
        required,
        "aria-invalid": Boolean(error),
        "aria-describedby": descriptions || undefined,
      })}
      {hint && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className="field-error">
          {error}
        </span>
      )}
    </div>
  );
}

interface AmountFieldProps extends FieldProps {
  value: string;
  /** The currency that the amount is read in; absent for a number of years. */
  currency?: string | undefined;
  onChange: (value: string) => void;
}

/** A text field for an amount of money, which it shows as it is read, or of years. */
export function AmountField({ value, currency = "", onChange, hint, ...field }: AmountFieldProps) {
  return (
    <Field {...field} hint={[readAs(value, currency), hint].filter(Boolean).join(" ") || undefined}>
      {(control) => (
        <input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** The id of the label of the control with the given id. */
export function labelId(control: string): string {
  return `${control}-label`;
}
