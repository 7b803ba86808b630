import { useId } from "react";
import { useFactorValues, useLabel } from "../../components/factor-values";
import type { Factor } from "../../gql/graphql";
import { factorLabel, factorOptions, type Grouping } from "./grouping";
import type { ViewControl } from "./view";

/** Selects the factor to group by, a second factor across, and the level of the hierarchy. */
export function GroupControls({ grouping, view, change }: ViewControl & { grouping: Grouping }) {
  const [by, and] = [useId(), useId()];
  return (
    <div className="controls">
      <div className="control">
        <label htmlFor={by}>Pay by</label>
        <select
          id={by}
          className="input"
          value={grouping.by}
          onChange={(event) => change({ by: event.target.value as Factor, under: null })}
        >
          {factorOptions().map(({ factor, label }) => (
            <option key={factor} value={factor}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="control">
        <label htmlFor={and}>and by</label>
        <select
          id={and}
          className="input"
          value={view.and ?? ""}
          onChange={(event) => change({ and: (event.target.value || null) as Factor | null })}
        >
          <option value="">nothing else</option>
          {factorOptions()
            .filter(({ factor }) => factor !== grouping.by)
            .map(({ factor, label }) => (
              <option key={factor} value={factor}>
                {label}
              </option>
            ))}
        </select>
      </div>
      {grouping.under && <Breadcrumb by={grouping.by} under={grouping.under} change={change} />}
    </div>
  );
}

/** Leads from a value back to the levels above it. */
function Breadcrumb({ by, under, change }: { by: Factor; under: string; change: ViewControl["change"] }) {
  const { values } = useFactorValues({ factor: by, search: under, first: 50 });
  const value = values?.find(({ code }) => code === under);
  return (
    <nav className="breadcrumb" aria-label="Breadcrumb">
      <button type="button" className="button button-quiet" onClick={() => change({ by, under: "" })}>
        {factorLabel(by)}: all
      </button>
      {value?.parent && (
        <>
          <span aria-hidden="true">›</span>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => change({ by, under: value.parent?.code ?? "" })}
          >
            {value.parent.label}
          </button>
        </>
      )}
      <span aria-hidden="true">›</span>
      <b aria-current="true">{value?.label ?? under}</b>
    </nav>
  );
}

/** Says that there are no groups: no record has a value below, or the cohort is too small. */
export function NoGroups({ grouping: { by, under }, change }: ViewControl & { grouping: Grouping }) {
  const label = useLabel(by, under);
  if (!under) return <p className="quiet">Not enough records to compare groups.</p>;
  return (
    <div className="row">
      <p className="quiet">No records report a value within {label}.</p>
      <button type="button" className="button" onClick={() => change({ under: "" })}>
        Group by all values of {factorLabel(by).toLowerCase()}
      </button>
    </div>
  );
}
