import { useQuery } from "urql";
import { graphql } from "../gql";

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

const names = new Intl.DisplayNames("en", { type: "currency" });

/** The currencies that the service has exchange rates for, with their names; includes `selected` while they load. */
export function useCurrencies(selected: string) {
  const [{ data, error }] = useQuery({ query: Currencies });
  const known = data?.currencies ?? [];
  const codes = !selected || known.includes(selected) ? known : [selected, ...known];
  const currencies = codes.map((code) => ({
    code,
    label: /^[A-Z]{3}$/.test(code) ? `${code} · ${names.of(code)}` : code,
  }));
  return { currencies, error };
}
