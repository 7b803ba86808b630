import { useId } from "react";
import { useFactorValues, useLabel } from "../../components/factor-values";
import type { Factor } from "../../gql/graphql";
import { factorLabel, factorOptions, type Grouping } from "./grouping";
import type { ViewControl } from "./view";

/** What pay is told by: a factor, the value whose parts are told, and a second factor across. */
export function ByControls({ grouping, view, change }: ViewControl & { grouping: Grouping }) {
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
      {grouping.under && <Within by={grouping.by} under={grouping.under} change={change} />}
    </div>
  );
}

/** The way back up from a value whose parts are told. */
function Within({ by, under, change }: { by: Factor; under: string; change: ViewControl["change"] }) {
  const { values } = useFactorValues({ factor: by, search: under, first: 50 });
  const value = values?.find(({ code }) => code === under);
  return (
    <nav className="within" aria-label="Within">
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

/** There are no groups: the value has no parts that records tell of, or the cohort is too small. */
export function NothingBelow({ grouping: { by, under }, change }: ViewControl & { grouping: Grouping }) {
  const label = useLabel(by, under);
  if (!under) return <p className="quiet">Too few records to tell groups of them apart.</p>;
  return (
    <div className="row">
      <p className="quiet">Records tell of nothing within {label}.</p>
      <button type="button" className="button" onClick={() => change({ under: "" })}>
        Show every {factorLabel(by).toLowerCase()} there is
      </button>
    </div>
  );
}
