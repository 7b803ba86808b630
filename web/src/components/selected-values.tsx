import type { Factor } from "../gql/graphql";
import { useLabel } from "./factor-values";

interface SelectedValuesProps {
  /** The accessible name of the list. */
  name: string;
  factor: Factor;
  codes: readonly string[];
  onRemove: (code: string) => void;
}

/** The selected values of a factor as chips, each with a button that removes it; nothing if none is selected. */
export function SelectedValues({ name, factor, codes, onRemove }: SelectedValuesProps) {
  if (!codes.length) return null;
  return (
    <ul className="selected-values" aria-label={name}>
      {codes.map((code) => (
        <SelectedValue key={code} factor={factor} code={code} remove={() => onRemove(code)} />
      ))}
    </ul>
  );
}

function SelectedValue({ factor, code, remove }: { factor: Factor; code: string; remove: () => void }) {
  const label = useLabel(factor, code);
  return (
    <li className="chip">
      {label}
      <button type="button" aria-label={`Remove ${label}`} onClick={remove}>
        ×
      </button>
    </li>
  );
}
