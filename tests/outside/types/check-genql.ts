// The types of genql: of every scalar and argument, and of the results of selections.
import type { MutationResult, QueryResult } from "./genql";
import type { QueryGenqlSelection, Scalars } from "./genql/schema";
import type { HasAny } from "./no-any";

type Overview = QueryResult<{
  cohort: {
    __args: { where: { level: ["SENIOR"] }; currency: "EUR" };
    size: true;
    stats: { __args: { measure: "BASE_SALARY" }; p50: true; interval: { __args: { p: 0.5 }; low: true; high: true } };
    by: { __args: { factor: "LEVEL" }; value: { id: true; code: true }; share: true; cohort: { size: true } };
  };
  salaryRecords: {
    pageInfo: { hasNextPage: true; endCursor: true };
    edges: { node: { id: true; effective: true; level: true; pay: { currency: true; baseSalary: true } } };
  };
}>;
type Submit = MutationResult<{
  submitSalary: { __args: { input: never }; receipt: true; userErrors: { code: true; field: true; message: true } };
}>;
type Arguments = NonNullable<Extract<QueryGenqlSelection["salaryRecords"], object>["__args"]>;

export const scalars: HasAny<Scalars> = false;
export const given: HasAny<Arguments> = false;
export const results: HasAny<[Overview, Submit]> = false;

type Node = NonNullable<Overview["salaryRecords"]>["edges"][number]["node"];
export const currency: Node["pay"]["currency"] = "EUR";
// @ts-expect-error an amount is a number
export const text: Node["pay"]["baseSalary"] = "100000";
