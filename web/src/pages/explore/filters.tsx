import { useId, useMemo, useState } from "react";
import { useQuery } from "urql";
import { cohortFilter, FILTER_FIELDS, type FilterField, withCondition } from "../../components/conditions";
import { Facet } from "../../components/facet";
import { graphql } from "../../gql";
import type { Measure } from "../../gql/graphql";
import { MEASURES } from "./measures";
import type { ViewControl } from "./view";

const MAIN = 7; // fields that are in view without being asked for
const FIRST = 4; // those on a narrow window

/** The fields that records are filtered by: the main ones, those in use, and the others on demand. */
export function Filters({ view: { conditions }, change }: ViewControl) {
  const [all, setAll] = useState(false);
  const more = useId();
  const used = (field: FilterField) => conditions.some((condition) => condition.field === field.name);
  const shown = FILTER_FIELDS.filter((field, number) => all || number < MAIN || used(field));
  return (
    <section className="filters" aria-label="Filters" id={more}>
      {shown.map((field) => (
        <div
          key={field.name}
          className={all || used(field) || FILTER_FIELDS.indexOf(field) < FIRST ? "filter" : "filter filter-wide"}
        >
          <Facet
            field={field}
            condition={conditions.find((condition) => condition.field === field.name)}
            others={cohortFilter(withCondition(conditions, field.name, null))}
            onChange={(next) => change({ conditions: withCondition(conditions, field.name, next) })}
          />
        </div>
      ))}
      <button
        type="button"
        className="button button-quiet"
        aria-expanded={all}
        aria-controls={more}
        onClick={() => setAll(!all)}
      >
        {all ? "Fewer filters" : "More filters"}
      </button>
      {conditions.length > 0 && (
        <button type="button" className="button button-quiet" onClick={() => change({ conditions: [] })}>
          Clear all
        </button>
      )}
    </section>
  );
}

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
        <select
          id={measure}
          className="input"
          value={view.measure}
          onChange={(event) => change({ measure: event.target.value as Measure })}
        >
          {Object.entries(MEASURES).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="control">
        <label htmlFor={currency}>Currency</label>
        <select
          id={currency}
          className="input"
          value={view.currency}
          onChange={(event) => change({ currency: event.target.value })}
        >
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
