import { useLabel } from "../../parts/factor-values";
import { factorLabel, type Grouping } from "./grouping";
import type { ViewControl } from "./use-view";

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
