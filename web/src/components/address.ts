import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { type Condition, FILTER_FIELDS, type How } from "./conditions";

// In an address a filter is role=data-scientist,data-analyst&skill=all:python,sql&experience=4..6&effective=2024-01..

interface Address {
  params: URLSearchParams;
  /** Shows what other params tell; by default as a step that the back button takes back. */
  go: (params: URLSearchParams, replace?: boolean) => void;
  /** Where other params lead to, for links. */
  link: (params: URLSearchParams) => string;
}

/** The search params of the page's address: the state that a link shares. */
export function useAddress(): Address {
  const [path, navigate] = useLocation();
  const search = useSearch();
  return useMemo(() => {
    const link = (params: URLSearchParams) => (params.size ? `${path}?${legible(params)}` : path);
    return {
      params: new URLSearchParams(search),
      link,
      go: (params, replace = false) => navigate(link(params), { replace }),
    };
  }, [path, search, navigate]);
}

/** The conditions in an address, in the order that they were set in. What no field takes is passed over. */
export function conditionsOf(params: URLSearchParams): Condition[] {
  const found: Condition[] = [];
  for (const [name, text] of params) {
    const field = FILTER_FIELDS.find((one) => one.name === name);
    if (!field || found.some((condition) => condition.field === name)) continue;
    const condition = field.kind === "numbers" || field.kind === "months" ? range(text, field.kind) : list(text);
    if (condition) found.push({ field: field.name, ...condition });
  }
  return found;
}

/** Puts conditions into an address, in their order. */
export function tellConditions(params: URLSearchParams, conditions: readonly Condition[]) {
  for (const { field, values, how } of conditions) {
    const { kind } = FILTER_FIELDS.find((one) => one.name === field) ?? {};
    if (kind === "numbers" || kind === "months") params.set(field, values.join(".."));
    else params.set(field, `${how === "any" ? "" : `${how}:`}${values.join(",")}`);
  }
}

function list(text: string): Omit<Condition, "field"> | null {
  const [, how = "any", codes = ""] = /^(?:(all|none):)?(.*)$/.exec(text) ?? [];
  const values = codes.split(",").filter(Boolean);
  return values.length ? { values, how: how as How } : null;
}

function range(text: string, kind: "numbers" | "months"): Omit<Condition, "field"> | null {
  const end = kind === "numbers" ? String.raw`\d{0,2}` : String.raw`(?:\d{4}-\d\d)?`;
  const [, from = "", to = ""] = new RegExp(`^(${end})\\.\\.(${end})$`).exec(text) ?? [];
  return from || to ? { values: [from, to], how: "any" } : null;
}

/** Commas and colons may stand in a query as they are. */
function legible(params: URLSearchParams): string {
  return params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}
