import { useId, useState } from "react";
import { cohortFilter, FILTER_FIELDS, withCondition, type FilterField } from "../../parts/conditions";
import { Facet } from "../../parts/facet";
import type { ViewControl } from "./use-view";

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
        <div key={field.name} className={all || used(field) || FILTER_FIELDS.indexOf(field) < FIRST ? "filter" : "filter filter-wide"}>
          <Facet
            field={field}
            condition={conditions.find((condition) => condition.field === field.name)}
            others={cohortFilter(withCondition(conditions, field.name, null))}
            onChange={(next) => change({ conditions: withCondition(conditions, field.name, next) })}
          />
        </div>
      ))}
      <button type="button" className="button button-quiet" aria-expanded={all} aria-controls={more} onClick={() => setAll(!all)}>
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
