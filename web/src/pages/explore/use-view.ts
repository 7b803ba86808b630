import { useMemo } from "react";
import { useAddress } from "../../parts/address";
import { cohortFilter } from "../../parts/conditions";
import { paramsOf, viewOf, type View } from "./view";

export interface ViewControl {
  view: View;
  /** What every question about the cohort asks it with. */
  cohort: ReturnType<typeof cohortVariables>;
  /** Shows something else; as a step of its own unless it is still being typed or dragged. */
  change: (part: Partial<View>, replace?: boolean) => void;
  /** Where something else is shown, for links. */
  link: (part: Partial<View>) => string;
}

/** The view that the address tells of, and the ways to another one. */
export function useView(): ViewControl {
  const { params, go, link } = useAddress();
  return useMemo(() => {
    const view = viewOf(params);
    const changed = (part: Partial<View>) => paramsOf({ ...view, ...fromTheStart(part), ...part });
    return {
      view,
      cohort: cohortVariables(view),
      change: (part, replace) => go(changed(part), replace),
      link: (part) => link(changed(part)),
    };
  }, [params, go, link]);
}

function cohortVariables({ conditions, currency, adjust }: View) {
  return { where: cohortFilter(conditions), currency, adjust };
}

/** Other records, or another order, are read from their first page on. */
function fromTheStart(part: Partial<View>): Partial<View> {
  return "conditions" in part || "order" in part || "ascending" in part ? { after: null, before: null } : {};
}
