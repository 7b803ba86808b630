import { Field } from "../../parts/field";
import { thisMonth } from "./answers";
import { Place, useAsk } from "./form";

/** The month that the pay is of; browsers without a picker of months take it as text. */
export function MonthLine({ hint }: { hint: string }) {
  const { value, give, field } = useAsk("effective");
  return (
    <Place name="effective">
      <Field {...field} hint={hint}>
        {(control) => <input {...control} type="month" min="2000-01" max={thisMonth()} placeholder="2026-01" value={value} onChange={(event) => give(event.target.value)} />}
      </Field>
    </Place>
  );
}
