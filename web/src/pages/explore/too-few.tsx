import type { HeadlineQuery, HeadlineQueryVariables } from "../../gql/graphql";
import { FILTER_FIELDS } from "../../parts/conditions";
import { count } from "../../parts/format";
import { Nothing } from "../../parts/states";
import { MEASURES } from "./measures";
import type { ViewControl } from "./use-view";

type TooFewProps = ViewControl & { found: HeadlineQuery["cohort"]; asked: HeadlineQueryVariables };

/** Why nothing is told of a cohort, and the shortest ways to one that is large enough. */
export function TooFew({ found, asked, view: { conditions, measure }, change }: TooFewProps) {
  const last = conditions.at(-1);
  const name = FILTER_FIELDS.find((field) => field.name === last?.field)?.label;
  const label = MEASURES[asked.measure].label.toLowerCase();
  return (
    <Nothing title={found.suppressed ? "Too little to tell anything" : `Too few records tell ${label}`}>
      <p>
        <b>{found.label}</b>:{" "}
        {found.suppressed?.message ?? `of ${count(found.size)} records, too few tell ${label} to give figures that say nothing of a single person.`}
      </p>
      <div className="row">
        {last && (
          <button type="button" className="button button-main" onClick={() => change({ conditions: conditions.slice(0, -1) })}>
            Widen: drop the filter “{name}”
          </button>
        )}
        {!found.suppressed && measure !== "BASE_SALARY" && (
          <button type="button" className="button" onClick={() => change({ measure: "BASE_SALARY" })}>
            Show base salary
          </button>
        )}
        {conditions.length > 1 && (
          <button type="button" className="button" onClick={() => change({ conditions: [] })}>
            Clear all filters
          </button>
        )}
      </div>
    </Nothing>
  );
}
