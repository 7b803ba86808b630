import { useQuery } from "urql";
import { graphql } from "../../gql";
import { Field } from "../../parts/field";
import { Place, useAsk } from "./form";

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

const names = new Intl.DisplayNames("en", { type: "currency" });

/** The currency of all amounts, of those that the service knows. */
export function CurrencySelect() {
  const { value, give, field } = useAsk("currency");
  const [{ data, error }] = useQuery({ query: Currencies });
  const codes = data?.currencies ?? (value ? [value] : []);
  return (
    <Place name="currency">
      <Field {...field} error={field.error ?? (error && "The list of currencies could not be loaded.")}>
        {(control) => (
          <select {...control} value={value} onChange={(event) => give(event.target.value)}>
            <option value="">Choose one</option>
            {codes.map((code) => (
              <option key={code} value={code}>
                {code} · {names.of(code)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Place>
  );
}
