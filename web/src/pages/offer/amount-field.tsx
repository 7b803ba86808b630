import { Field, type FieldProps } from "../../parts/field";

interface AmountFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** An amount of money or years, as people write it. */
export function AmountField({ value, onChange, ...field }: AmountFieldProps) {
  return (
    <Field {...field}>
      {(control) => <input {...control} inputMode="decimal" autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}
