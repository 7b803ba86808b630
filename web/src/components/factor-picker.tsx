import type { Factor } from "../gql/graphql";
import { ValueSearch } from "./combobox";
import { useFactorValues, useLabel } from "./factor-values";
import { Field, type FieldProps } from "./field";

export interface PickerProps extends FieldProps {
  factor: Factor;
  /** A code of the factor, as `factorValues` tells it; null for none. */
  value: string | null;
  onChange: (value: string | null) => void;
  /** Only values below this one; for METRO also a state or country. */
  under?: string | null | undefined;
  /** What stands in the field for no value; “Not told” in a list and “Type to search” in a search where nothing else is given. */
  none?: string | undefined;
}

/** The factors that the schema has as enums: so few values that all of them fit into a list. */
const CLOSED: readonly Factor[] = [
  "LEVEL",
  "EMPLOYMENT_TYPE",
  "WORK_MODE",
  "EMPLOYER_SIZE",
  "EMPLOYER_TYPE",
  "EDUCATION",
];

/** Picks one value of a factor: from a list where there are few, by a search where there are many. */
export function ValuePicker(props: PickerProps) {
  return CLOSED.includes(props.factor) ? <ValueSelect {...props} /> : <ValueSearch {...props} />;
}

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

interface ValuesPickerProps extends FieldProps {
  factor: Factor;
  /** Codes of the factor, in the order they were picked. */
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  /** Only values below this one. */
  under?: string | null | undefined;
}

/** Picks several values of a factor: each that is picked joins the list below. */
export function ValuesPicker({ factor, values, onChange, under, ...field }: ValuesPickerProps) {
  function add(code: string | null) {
    if (code && !values.includes(code)) onChange([...values, code]);
  }

  return (
    <div className="values-picker">
      <ValuePicker {...field} factor={factor} under={under} value={null} onChange={add} />
      {values.length > 0 && (
        <ul className="picked" aria-label={`Picked: ${field.label}`}>
          {values.map((code) => (
            <Picked
              key={code}
              factor={factor}
              code={code}
              drop={() => onChange(values.filter((other) => other !== code))}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function Picked({ factor, code, drop }: { factor: Factor; code: string; drop: () => void }) {
  const label = useLabel(factor, code);
  return (
    <li className="chip">
      {label}
      <button type="button" aria-label={`Remove ${label}`} onClick={drop}>
        ×
      </button>
    </li>
  );
}
