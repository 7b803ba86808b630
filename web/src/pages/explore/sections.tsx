import { lazy, memo } from "react";
import { BySection } from "./by-section";
import { DistributionSection } from "./distribution";
import { Later } from "./later";
import type { ViewControl } from "./use-view";

const TrendSection = lazy(() => import("./trend"));
const RecordsSection = lazy(() => import("./records"));

interface SectionsProps {
  control: ViewControl;
  /** Whether anything is told of the cohort, besides its records. */
  telling: boolean;
}

/** All below the headline. Each part asks for itself, so none waits for another. */
export const Sections = memo(function Sections({ control, telling }: SectionsProps) {
  return (
    <div className="sections">
      {telling && (
        <>
          <div className={control.view.and ? "side-by-side side-by-side-not" : "side-by-side"}>
            <BySection {...control} />
            <DistributionSection {...control} />
          </div>
          <Later what="the trend">{(seen) => <TrendSection {...control} seen={seen} />}</Later>
        </>
      )}
      <Later what="the records">{(seen) => <RecordsSection {...control} seen={seen} />}</Later>
    </div>
  );
});
