import { useQuery } from "urql";
import { graphql } from "../gql";
import { useFactorValues } from "./factor-values";

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

const names = new Intl.DisplayNames("en", { type: "currency" });

const COMMON = ["USD", "EUR", "GBP", "INR", "CAD", "AUD", "CHF", "SGD", "JPY", "CNY", "BRL", "PLN"];

/** The currencies that the service has exchange rates for, common ones first; includes `selected` while they load. */
export function useCurrencies(selected: string) {
  const [{ data, error }] = useQuery({ query: Currencies });
  const known = data?.currencies ?? [];
  const codes = !selected || known.includes(selected) ? known : [selected, ...known];
  const currencies = codes
    .map((code) => ({ code, label: /^[A-Z]{3}$/.test(code) ? `${names.of(code)} · ${code}` : code }))
    .toSorted((a, b) => rank(a.code) - rank(b.code) || a.label.localeCompare(b.label, "en"));
  return { currencies, error };
}

function rank(code: string): number {
  return COMMON.includes(code) ? COMMON.indexOf(code) : COMMON.length;
}

/** The currency in which pay in a country is usually reported; null while it is not known. */
export function useLocalCurrency(country: string | null): string | null {
  const { values } = useFactorValues({ factor: "COUNTRY", search: country ?? "", first: 50, pause: !country });
  return values?.find(({ code }) => code === country)?.currency ?? null;
}
