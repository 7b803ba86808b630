import { useId, useState } from "react";
import { cohortFilter, FILTER_FIELDS, type FilterField, withCondition } from "../../components/conditions";
import { useCurrencies } from "../../components/currencies";
import { Facet } from "../../components/facet";
import { type Coverage, MeasureOption } from "../../components/measure-coverage";
import type { Measure } from "../../gql/graphql";
import { MEASURES } from "./measures";
import type { ViewState } from "./view";

const MAIN_FIELDS = 7; // shown by default
const NARROW_FIELDS = 4; // shown by default in a narrow window

/** The filters: the main fields, those with a condition, and the others on demand. */
export function Filters({ view: { conditions }, change }: ViewState) {
  const [all, setAll] = useState(false);
  const id = useId();
  const active = (field: FilterField) => conditions.some((condition) => condition.field === field.name);
  const shown = FILTER_FIELDS.filter((field, index) => all || index < MAIN_FIELDS || active(field));
  const inNarrow = (field: FilterField) => all || active(field) || FILTER_FIELDS.indexOf(field) < NARROW_FIELDS;
  return (
    <section className="filters" aria-label="Filters" id={id}>
      {shown.map((field) => (
        <div key={field.name} className={inNarrow(field) ? "filter" : "filter filter-wide"}>
          <Facet
            field={field}
            condition={conditions.find((condition) => condition.field === field.name)}
            otherFilters={cohortFilter(withCondition(conditions, field.name, null))}
            onChange={(next, currency) =>
              change({ conditions: withCondition(conditions, field.name, next), ...(currency && { currency }) })
            }
          />
        </div>
      ))}
      <button
        type="button"
        className="button button-quiet"
        aria-expanded={all}
        aria-controls={id}
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

interface ControlsProps extends ViewState {
  /** The measure that is shown; undefined while it is not known. */
  measure: Measure | undefined;
  coverage: Coverage | undefined;
}

/** The measure, its currency and the cost-of-living adjustment. */
export function Controls({ view, change, measure, coverage }: ControlsProps) {
  const { currencies } = useCurrencies(view.currency);
  const [measureId, currencyId] = [useId(), useId()];
  return (
    <div className="controls">
      <div className="control">
        <label htmlFor={measureId}>Measure</label>
        <select
          id={measureId}
          className="input"
          value={measure ?? ""}
          onChange={(event) => change({ measure: event.target.value as Measure })}
        >
          {!measure && <option value="">…</option>}
          {(Object.keys(MEASURES) as Measure[]).map((name) => (
            <MeasureOption key={name} measure={name} label={MEASURES[name].label} coverage={coverage} />
          ))}
        </select>
      </div>
      <div className="control">
        <label htmlFor={currencyId}>Currency</label>
        <select
          id={currencyId}
          className="input"
          value={view.currency}
          onChange={(event) => change({ currency: event.target.value })}
        >
          {currencies.map(({ code, label }) => (
            <option key={code} value={code}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={view.adjust === "COST_OF_LIVING"}
          onChange={(event) => change({ adjust: event.target.checked ? "COST_OF_LIVING" : "NONE" })}
        />
        Adjust for cost of living
      </label>
    </div>
  );
}
