import { useCurrencies } from "../../parts/currencies";
import { Field } from "../../parts/field";

/** A currency that the service knows a rate of. */
export function CurrencyField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const currencies = useCurrencies(value);
  return (
    <Field label="Currency" hint="Of all amounts of this offer">
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {currencies.map(({ code, label }) => (
            <option key={code} value={code}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
