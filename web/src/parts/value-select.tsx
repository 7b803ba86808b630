import { useFactorValues } from "./factor-values";
import { Field } from "./field";
import type { PickerProps } from "./value-picker";

/** One value of a factor with few of them, in the factor's own order. */
export function ValueSelect({ factor, value, onChange, under, none = "Not told", ...field }: PickerProps) {
  const { values = [], error } = useFactorValues({ factor, under });
  const unknown = value !== null && !values.some(({ code }) => code === value);
  return (
    <Field {...field} error={field.error ?? (error && "The list could not be loaded.")}>
      {(control) => (
        <select {...control} value={value ?? ""} onChange={(event) => onChange(event.target.value || null)}>
          <option value="">{field.required ? "Choose one" : none}</option>
          {unknown && <option value={value}>{value}</option>}
          {values.map(({ code, label }) => (
            <option key={code} value={code}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
