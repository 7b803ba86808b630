import type { Factor } from "../gql/graphql";
import { Combobox } from "./combobox";
import { isEnum } from "./conditions";
import { useFactorValues, useLabel } from "./factor-values";
import { Field, type FieldProps } from "./field";
import { SelectedValues } from "./selected-values";

interface FactorPickerProps extends FieldProps {
  factor: Factor;
  /** A code of the factor as in `factorValues`, or null. */
  value: string | null;
  onChange: (value: string | null) => void;
  /** Only values below this one; for METRO also a state or country. */
  under?: string | null | undefined;
  /** Shown for no value; by default “Prefer not to say” in a select and “Type to search” in a combobox. */
  none?: string | undefined;
}

/** Picks one value of a factor: in a select if it is an enum in the schema and has few, in a combobox otherwise. */
export function FactorPicker(props: FactorPickerProps) {
  return isEnum(props.factor) ? <FactorSelect {...props} /> : <FactorCombobox {...props} />;
}

/** The bands of employer size that only data sets use; people choose from the four sizes, which do not overlap. */
function isBandOfSources(factor: Factor, code: string): boolean {
  return factor === "EMPLOYER_SIZE" && code.startsWith("from-");
}

/** The values in the factor's own order. */
function FactorSelect({ factor, value, onChange, under, none = "Prefer not to say", ...field }: FactorPickerProps) {
  const { values: all = [], error } = useFactorValues({ factor, under });
  const values = all.filter(({ code }) => code === value || !isBandOfSources(factor, code));
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

function FactorCombobox({ value, onChange, none = "Type to search", ...props }: FactorPickerProps) {
  return (
    <Combobox
      {...props}
      mode="single"
      selected={value === null ? [] : [value]}
      onChange={([code = null]) => onChange(code)}
      selectedLabel={useLabel(props.factor, value)}
      placeholder={none}
    />
  );
}

interface MultiFactorPickerProps extends FieldProps {
  factor: Factor;
  /** Codes of the factor in the order they were selected. */
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  /** Only values below this one. */
  under?: string | null | undefined;
}

/** Picks several values of a factor; the selected ones are listed below the field. */
export function MultiFactorPicker({ values, onChange, ...props }: MultiFactorPickerProps) {
  return (
    <div className="multi-picker">
      <Combobox
        {...props}
        mode="multiple"
        selected={values}
        onChange={onChange}
        selectedLabel=""
        placeholder="Type to search"
      />
      <SelectedValues
        name={`Selected: ${props.label}`}
        factor={props.factor}
        codes={values}
        onRemove={(code) => onChange(values.filter((other) => other !== code))}
      />
    </div>
  );
}
