import { useDeferredValue } from "react";
import type { ViewControl } from "./use-view";

/**
 * The view as the parts below the headline show it. Where other records or figures are asked for it comes a moment later, so that the headline is
 * asked for and painted first; what is chosen within those parts comes at once.
 */
export function useHeadlineFirst(control: ViewControl): ViewControl {
  const later = useDeferredValue(control);
  return asks(control) === asks(later) ? control : later;
}

function asks({ cohort, view: { measure } }: ViewControl): string {
  return JSON.stringify([cohort, measure]);
}
