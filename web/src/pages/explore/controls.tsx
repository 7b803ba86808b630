import { useId, useMemo } from "react";
import { useQuery } from "urql";
import { graphql } from "../../gql";
import type { Measure } from "../../gql/graphql";
import { MEASURES } from "./measures";
import type { ViewControl } from "./use-view";

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

/** What is measured, in which money, and whether the cost of living is taken out. */
export function Controls({ view, change }: ViewControl) {
  const [{ data }] = useQuery({ query: Currencies });
  const options = useMemo(() => currencyOptions(data?.currencies ?? [view.currency]), [data, view.currency]);
  const [measure, currency] = [useId(), useId()];
  return (
    <div className="controls">
      <div className="control">
        <label htmlFor={measure}>Measure</label>
        <select id={measure} className="input" value={view.measure} onChange={(event) => change({ measure: event.target.value as Measure })}>
          {Object.entries(MEASURES).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="control">
        <label htmlFor={currency}>Currency</label>
        <select id={currency} className="input" value={view.currency} onChange={(event) => change({ currency: event.target.value })}>
          {options}
        </select>
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={view.adjust === "COST_OF_LIVING"}
          onChange={(event) => change({ adjust: event.target.checked ? "COST_OF_LIVING" : "NONE" })}
        />
        Adjust for the cost of living
      </label>
    </div>
  );
}

function currencyOptions(codes: readonly string[]) {
  const names = new Intl.DisplayNames("en", { type: "currency" });
  return codes.map((code) => (
    <option key={code} value={code}>
      {code} · {names.of(code)}
    </option>
  ));
}
