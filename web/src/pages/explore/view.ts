import { useMemo } from "react";
import { conditionsOf, tellConditions, useAddress } from "../../components/address";
import { type Condition, cohortFilter, FILTER_FIELDS } from "../../components/conditions";
import { asEnum } from "../../components/profile";
import type { Adjustment, Factor, Interval, Measure, RecordOrderField } from "../../gql/graphql";
import { MEASURES } from "./measures";

/** All that the page shows, as its address tells it. */
export interface View {
  conditions: readonly Condition[];
  measure: Measure;
  currency: string;
  adjust: Adjustment;
  /** What pay is told by; null leaves the choice to the page. */
  by: Factor | null;
  /** The value whose parts are told; "" for the top ones, null leaves it to the page. */
  under: string | null;
  /** The second factor of a cross-tab. */
  and: Factor | null;
  /** An amount to find among the others, as it was typed. */
  pay: string;
  interval: Interval;
  order: RecordOrderField;
  ascending: boolean;
  /** Where the page of records starts, or ends. */
  after: string | null;
  before: string | null;
}

export const FACTORS: readonly Factor[] = [...FILTER_FIELDS.map(({ factor }) => factor), "QUARTER"];
const ORDERS: readonly RecordOrderField[] = ["EFFECTIVE", "BASE_SALARY", "TOTAL_COMPENSATION"];
const START = { measure: "BASE_SALARY", currency: "USD", interval: "QUARTER", order: "EFFECTIVE" } as const;

/** The view that an address tells of; what it does not tell, or not as it can be, is as at the start. */
export function viewOf(params: URLSearchParams): View {
  const told = (name: string) => params.get(name);
  const one = <Name extends string>(name: string, among: readonly Name[]) =>
    among.find((item) => item === asEnum(told(name))) ?? null;
  const currency = told("currency")?.toUpperCase() ?? "";
  return {
    conditions: conditionsOf(params),
    measure: one("measure", Object.keys(MEASURES) as Measure[]) ?? START.measure,
    currency: /^[A-Z]{3}$/.test(currency) ? currency : START.currency,
    adjust: one("adjust", ["COST_OF_LIVING"]) ?? "NONE",
    by: one("by", FACTORS),
    under: told("under"),
    and: one("and", FACTORS),
    pay: told("pay") ?? "",
    interval: one("interval", ["YEAR"]) ?? START.interval,
    order: one("order", ORDERS) ?? START.order,
    ascending: told("direction") === "asc",
    after: told("after"),
    before: told("before"),
  };
}

/** The address of a view: only what is not as at the start. */
export function paramsOf(view: View): URLSearchParams {
  const params = new URLSearchParams();
  const tell = (name: string, text: string | null | false) => text && params.set(name, text);
  tellConditions(params, view.conditions);
  tell("measure", view.measure !== START.measure && asCode(view.measure));
  tell("currency", view.currency !== START.currency && view.currency);
  tell("adjust", view.adjust !== "NONE" && asCode(view.adjust));
  tell("by", view.by && asCode(view.by));
  if (view.under !== null) params.set("under", view.under);
  tell("and", view.and && asCode(view.and));
  tell("pay", view.pay);
  tell("interval", view.interval !== START.interval && asCode(view.interval));
  tell("order", view.order !== START.order && asCode(view.order));
  tell("direction", view.ascending && "asc");
  tell("after", view.after);
  tell("before", view.before);
  return params;
}

function asCode(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

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
