import type { Factor } from "../gql/graphql";
import { useLabel } from "./factor-values";
import type { FieldProps } from "./field";
import { ValuePicker } from "./value-picker";
import "./values-picker.css";

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
            <Picked key={code} factor={factor} code={code} drop={() => onChange(values.filter((other) => other !== code))} />
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
