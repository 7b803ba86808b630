import { conditionOf, fieldOf, withCondition } from "../../components/conditions";
import type { Factor } from "../../gql/graphql";
import { FACTORS, type View } from "./view";

/** What pay is told by where nobody chose: the first of these that records are not filtered by yet. */
const BY_ITSELF: readonly Factor[] = ["ROLE", "LEVEL", "EXPERIENCE", "INDUSTRY", "COUNTRY"];

export interface Grouping {
  by: Factor;
  /** The value whose parts are told; null for the top ones. */
  under: string | null;
}

/** What pay is told by. A filter for one value is the value to look into, as nobody wants to see it as the only bar. */
export function groupingOf({ by: chosen, under, conditions }: View): Grouping {
  const free = (factor: Factor) => !conditions.some((condition) => condition.field === fieldOf(factor).name);
  const by = chosen ?? BY_ITSELF.find(free) ?? "LEVEL";
  if (under !== null) return { by, under: under || null };
  const asked = conditions.find((condition) => condition.field === fieldOf(by).name);
  const single = asked?.values.length === 1 && asked.how !== "none" ? (asked.values[0] ?? null) : null;
  return { by, under: single };
}

/** Narrows to a value of the factor: goes on with its parts where it has some, else leaves the choice of the factor to the page. */
export function narrowed({ conditions }: View, by: Factor, code: string, wide: boolean): Partial<View> {
  const condition = conditionOf(by, code);
  return {
    conditions: withCondition(conditions, condition.field, condition),
    by: wide ? by : null,
    under: wide ? code : null,
  };
}

/** The factors to choose from, by the names that filters have. */
export function factorOptions(): { factor: Factor; label: string }[] {
  return FACTORS.map((factor) => ({ factor, label: factorLabel(factor) }));
}

export function factorLabel(factor: Factor): string {
  if (factor === "QUARTER") return "Quarter";
  return factor === "YEAR" ? "Year" : fieldOf(factor).label;
}
