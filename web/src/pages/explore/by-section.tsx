import { lazy, Suspense } from "react";
import { Loading } from "../../parts/states";
import { ByControls } from "./by-controls";
import { ByFactorChart } from "./by-factor";
import { groupingOf } from "./grouping";
import type { ViewControl } from "./use-view";

const CrossTab = lazy(() => import("./cross-tab"));

/** Pay by one factor, or by two. */
export function BySection(control: ViewControl) {
  const grouping = groupingOf(control.view);
  const and = control.view.and === grouping.by ? null : control.view.and;
  const controls = <ByControls {...control} grouping={grouping} />;
  return and ? (
    <Suspense fallback={<Loading what="pay by two factors" tall />}>
      <CrossTab {...control} grouping={grouping} and={and} controls={controls} />
    </Suspense>
  ) : (
    <ByFactorChart {...control} grouping={grouping} controls={controls} />
  );
}
