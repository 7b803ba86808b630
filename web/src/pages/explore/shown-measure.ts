import { useMemo, useState } from "react";
import type { CombinedError } from "urql";
import { type Coverage, FALLBACK_MEASURE, Measures } from "../../components/measure-coverage";
import { useLatestResult } from "../../components/query";
import type { Measure } from "../../gql/graphql";
import type { ViewControl, ViewState } from "./view";

export interface ShownMeasure {
  /** The view with its measure; while that of another cohort is not known, the last one. Undefined before the first. */
  control: ViewControl | undefined;
  coverage: Coverage | undefined;
  /** The measure that was shown before another filter changed which one most records report. */
  former: Measure | null;
  pending: boolean;
  error: CombinedError | undefined;
  retry: () => void;
}

/** The chosen measure, or the one that most records of the cohort report, which is queried unless it is cached. */
export function useShownMeasure(current: ViewState): ShownMeasure {
  const { where, adjust } = current.cohort;
  const { data, variables, error, retry } = useLatestResult(Measures, { where, adjust });
  const isCurrent = JSON.stringify(variables) === JSON.stringify({ where, adjust });
  const coverage = data?.cohort.measures;
  const mostReported = coverage && isCurrent ? (coverage[0]?.measure ?? FALLBACK_MEASURE) : undefined;
  const measure = current.view.measure ?? mostReported;
  const known = useMemo(() => measure && { ...current, measure }, [current, measure]);
  const [last, setLast] = useState({ control: known, former: null as Measure | null });
  if (known && known !== last.control) setLast({ control: known, former: formerMeasure(last, known) });
  // What is shown meanwhile changes the current view, or a second change would undo the first.
  const meanwhile = useMemo(
    () => last.control && { ...last.control, change: current.change, link: current.link },
    [last.control, current],
  );
  return {
    control: known ?? meanwhile,
    coverage,
    former: last.former,
    pending: !known && !error,
    error: known ? undefined : error,
    retry,
  };
}

/** The measure before one that was not chosen, until another one is shown. */
function formerMeasure(last: { control: ViewControl | undefined; former: Measure | null }, next: ViewControl) {
  if (next.view.measure !== null || !last.control) return null;
  return next.measure === last.control.measure ? last.former : last.control.measure;
}
