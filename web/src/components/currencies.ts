import { useQuery } from "urql";
import { graphql } from "../gql";

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

const names = new Intl.DisplayNames("en", { type: "currency" });

/** The currencies that the service knows a rate of, each with its name; `chosen` is one of them even before they have come. */
export function useCurrencies(chosen: string): readonly { code: string; label: string }[] {
  const [{ data }] = useQuery({ query: Currencies });
  const known = data?.currencies ?? [];
  const all = !chosen || known.includes(chosen) ? known : [chosen, ...known];
  return all.map((code) => ({ code, label: /^[A-Z]{3}$/.test(code) ? `${code} · ${names.of(code)}` : code }));
}
