import { useEffect, useEffectEvent } from "react";
import type { CombinedError } from "urql";
import { type Condition, FILTER_FIELDS } from "../../components/conditions";
import { errorMessage, Failure } from "../../components/query";
import type { ViewState } from "./view";

interface QueryFailureProps extends ViewState {
  error: CombinedError;
  retry: () => void;
}

/** An error of the page: no connection, which retries once it is back, or a URL that the service rejects. */
export function QueryFailure({ error, retry, view, cohort, change }: QueryFailureProps) {
  const offline = Boolean(error.networkError);
  const retryOnline = useEffectEvent(retry);
  useEffect(() => {
    if (!offline) return;
    const onOnline = () => retryOnline();
    window.addEventListener("online", onOnline);
    return () => window.removeEventListener("online", onOnline);
  }, [offline]);

  const unknown = unknownValues(error, cohort.where.match);
  const known = withoutUnknown(view.conditions, unknown);
  return (
    <div className="query-failure">
      <Failure message={unknown.length ? unknownText(unknown) : errorMessage(error)} {...(offline && { retry })} />
      <div className="row">
        {known.length > 0 && unknown.length > 0 && (
          <button type="button" className="button button-main" onClick={() => change({ conditions: known })}>
            Leave {unknown.length === 1 ? "it" : "them"} out
          </button>
        )}
        {!offline && view.conditions.length > 0 && <ClearFilters change={change} />}
      </div>
    </div>
  );
}

export function ClearFilters({ change }: Pick<ViewState, "change">) {
  return (
    <button type="button" className="button" onClick={() => change({ conditions: [] })}>
      Clear all filters
    </button>
  );
}

type Match = ViewState["cohort"]["where"]["match"];

interface UnknownValue {
  field: (typeof FILTER_FIELDS)[number];
  code: string;
}

interface Problem {
  code: string;
  path: readonly (string | number)[];
}

/** The values of a filter that the service does not know, as its errors list them. */
function unknownValues({ graphQLErrors }: CombinedError, match: Match): UnknownValue[] {
  const problems = graphQLErrors.flatMap(({ extensions }) => (extensions.problems ?? []) as Problem[]);
  return problems.flatMap(({ code, path: [, , index, mode, position] }) => {
    const condition = code === "UNKNOWN_CODE" ? [match ?? []].flat()[Number(index)] : undefined;
    const field = FILTER_FIELDS.find(({ factor }) => factor === condition?.factor);
    const value = [condition?.[mode as "any" | "all" | "none"] ?? []].flat()[Number(position)];
    return field && value ? [{ field, code: value }] : [];
  });
}

function unknownText(unknown: readonly UnknownValue[]): string {
  const texts = unknown.map(({ field, code }) => `${field.label.toLowerCase()} “${code}”`);
  return `This link has ${texts.length === 1 ? "a value" : "values"} that PayRank does not know: ${texts.join(", ")}.`;
}

function withoutUnknown(conditions: readonly Condition[], unknown: readonly UnknownValue[]): Condition[] {
  const isUnknown = (name: string, value: string) =>
    unknown.some(({ field, code }) => field.name === name && code === value);
  return conditions
    .map((condition) => ({
      ...condition,
      values: condition.values.filter((value) => !isUnknown(condition.field, value)),
    }))
    .filter(({ values }) => values.length > 0);
}
