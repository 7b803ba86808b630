import { conditionOf, fieldOf, withCondition } from "../../components/conditions";
import type { Factor, GroupOrder } from "../../gql/graphql";
import { FACTORS, type View } from "./view";

/** The default grouping is by the first of these factors that has no filter. */
const DEFAULT_FACTORS: readonly Factor[] = ["ROLE", "LEVEL", "EXPERIENCE", "INDUSTRY", "COUNTRY"];

export interface Grouping {
  by: Factor;
  /** The value whose children are the groups; null for the top level. */
  under: string | null;
}

/** The grouping of a view. A filter for one value groups by the children of that value, which would be the only bar otherwise. */
export function groupingOf({ by: selected, under, conditions }: View): Grouping {
  const unfiltered = (factor: Factor) => !conditions.some((condition) => condition.field === fieldOf(factor).name);
  const by = selected ?? DEFAULT_FACTORS.find(unfiltered) ?? "LEVEL";
  if (under !== null) return { by, under: under || null };
  const filter = conditions.find((condition) => condition.field === fieldOf(by).name);
  const single = filter?.values.length === 1 && filter.mode !== "none" ? (filter.values[0] ?? null) : null;
  return { by, under: single };
}

/** The view filtered by one value of a factor: grouped by its children if it has some, by the default factor otherwise. */
export function filteredBy({ conditions }: View, by: Factor, code: string, hasChildren: boolean): Partial<View> {
  const condition = conditionOf(by, code);
  return {
    conditions: withCondition(conditions, condition.field, condition),
    by: hasChildren ? by : null,
    under: hasChildren ? code : null,
  };
}

/** The factors whose values have an order of their own, and its direction on a chart. */
const ORDERED: Partial<Record<Factor, "ASC" | "DESC">> = {
  LEVEL: "ASC",
  EXPERIENCE: "ASC",
  EDUCATION: "ASC",
  EMPLOYER_SIZE: "ASC",
  COMPETING_OFFERS: "ASC",
  YEAR: "DESC",
  QUARTER: "DESC",
};

/** Whether the values of a factor are shown in their own order, rather than by pay. */
export function isOrdered(factor: Factor): boolean {
  return factor in ORDERED;
}

/** The order in which the groups of a factor are queried: their own, or the largest first. */
export function groupOrder(factor: Factor): GroupOrder {
  const direction = ORDERED[factor];
  return direction ? { field: "VALUE", direction } : { field: "SIZE" };
}

/** The factors to group by, with their labels. */
export function factorOptions(): { factor: Factor; label: string }[] {
  return FACTORS.map((factor) => ({ factor, label: factorLabel(factor) }));
}

export function factorLabel(factor: Factor): string {
  if (factor === "QUARTER") return "Quarter";
  return factor === "YEAR" ? "Year" : fieldOf(factor).label;
}
