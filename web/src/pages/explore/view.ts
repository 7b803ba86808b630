import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { addressOf } from "../../base";
import {
  asEnum,
  type Condition,
  cohortFilter,
  conditionsOf,
  FILTER_FIELDS,
  writeConditions,
} from "../../components/conditions";
import { urlOf, useFragmentParams } from "../../components/fragment";
import type { Adjustment, Factor, Interval, Measure, RecordOrderField } from "../../gql/graphql";
import { MEASURES } from "./measures";

/** The state of the page, all of it in the URL: the reader's pay in the fragment, the rest in the query string. */
export interface View {
  conditions: readonly Condition[];
  /** The chosen measure; null for the one that most records of the cohort report. */
  measure: Measure | null;
  currency: string;
  adjust: Adjustment;
  /** The factor to group by; null for the page's default. */
  by: Factor | null;
  /** The value whose children are the groups; "" for the top level, null for the page's default. */
  under: string | null;
  /** The second factor of a cross-tab. */
  and: Factor | null;
  /** An amount to compare with the distribution, as typed. */
  pay: string;
  /** The periods of the trend; null for those that the records report. */
  interval: Interval | null;
  order: RecordOrderField;
  ascending: boolean;
  /** Cursors that the page of records starts after or ends before. */
  after: string | null;
  before: string | null;
}

export const FACTORS: readonly Factor[] = [...FILTER_FIELDS.map(({ factor }) => factor), "QUARTER"];
const ORDERS: readonly RecordOrderField[] = ["EFFECTIVE", "BASE_SALARY", "TOTAL_COMPENSATION"];
const DEFAULTS = { currency: "USD", order: "EFFECTIVE" } as const;

/** The view of the parameters in a URL's query string and fragment; the default for each that is missing or invalid. */
export function viewOf(params: URLSearchParams, fragment: URLSearchParams): View {
  const get = (name: string) => params.get(name);
  const getEnum = <Name extends string>(name: string, names: readonly Name[]) =>
    names.find((item) => item === asEnum(get(name))) ?? null;
  const currency = get("currency")?.toUpperCase() ?? "";
  return {
    conditions: conditionsOf(params),
    measure: getEnum("measure", Object.keys(MEASURES) as Measure[]),
    currency: /^[A-Z]{3}$/.test(currency) ? currency : DEFAULTS.currency,
    adjust: getEnum("adjust", ["COST_OF_LIVING"]) ?? "NONE",
    by: getEnum("by", FACTORS),
    under: get("under"),
    and: getEnum("and", FACTORS),
    pay: fragment.get("pay") ?? "",
    interval: getEnum("interval", ["YEAR", "QUARTER"]),
    order: getEnum("order", ORDERS) ?? DEFAULTS.order,
    ascending: get("direction") === "asc",
    after: get("after"),
    before: get("before"),
  };
}

/** The parameters of a view in the query string, without those that equal the default. */
export function queryOf(view: View): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, text: string | null | false) => text && params.set(name, text);
  writeConditions(params, view.conditions);
  set("measure", view.measure && asCode(view.measure));
  set("currency", view.currency !== DEFAULTS.currency && view.currency);
  set("adjust", view.adjust !== "NONE" && asCode(view.adjust));
  set("by", view.by && asCode(view.by));
  if (view.under !== null) params.set("under", view.under);
  set("and", view.and && asCode(view.and));
  set("interval", view.interval && asCode(view.interval));
  set("order", view.order !== DEFAULTS.order && asCode(view.order));
  set("direction", view.ascending && "asc");
  set("after", view.after);
  set("before", view.before);
  return params;
}

/** The parameters of a view in the fragment. */
export function fragmentOf({ pay }: View): URLSearchParams {
  return new URLSearchParams(pay ? { pay } : {});
}

function asCode(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/** A view that can be changed. */
export interface ViewState {
  view: View;
  /** The variables that select the cohort in queries. */
  cohort: ReturnType<typeof cohortVariables>;
  /** Changes parts of the view; adds a history entry unless `replace` is set, as while typing or dragging. */
  change: (part: Partial<View>, replace?: boolean) => void;
  /** The URL of the view with parts changed. */
  link: (part: Partial<View>) => string;
}

/** A view with the measure that is shown. */
export interface ViewControl extends ViewState {
  measure: Measure;
}

/** The view of the current URL. */
export function useView(): ViewState {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const fragment = useFragmentParams();
  return useMemo(() => {
    const view = viewOf(new URLSearchParams(search), fragment);
    const link = (part: Partial<View>) => {
      const next = { ...view, ...firstPage(part), ...part };
      return addressOf(urlOf(path, queryOf(next), fragmentOf(next)));
    };
    return {
      view,
      cohort: cohortVariables(view),
      change: (part, replace = false) => navigate(`~${link(part)}`, { replace }),
      link,
    };
  }, [path, search, fragment, navigate]);
}

function cohortVariables({ conditions, currency, adjust }: View) {
  return { where: cohortFilter(conditions), currency, adjust };
}

/** Other records or another order start again at the first page. */
function firstPage(part: Partial<View>): Partial<View> {
  return "conditions" in part || "order" in part || "ascending" in part ? { after: null, before: null } : {};
}
