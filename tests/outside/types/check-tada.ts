// The types of gql.tada, inferred from the documents.
import { initGraphQLTada, type ResultOf, type VariablesOf } from "gql.tada";
import type { introspection } from "./graphql-env";
import type { HasAny } from "./no-any";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Code: string; Currency: string; DateTime: string; Month: string };
}>();

const overview = graphql(`
  query Overview($where: CohortFilter, $currency: Currency, $first: Int) {
    cohort(where: $where, currency: $currency) {
      size
      stats(measure: BASE_SALARY) { p50 interval { low high } cautions { code message } }
      by(factor: LEVEL) { value { id code label } share cohort { size } }
    }
    salaryRecords(where: $where, first: $first) {
      pageInfo { hasNextPage endCursor }
      edges { node { id effective level role { id code label } pay(currency: $currency) { currency baseSalary } } }
    }
  }
`);
const submit = graphql(`
  mutation Submit($input: SalarySubmissionInput!) {
    submitSalary(input: $input) { receipt userErrors { code field message } }
  }
`);

export const variables: HasAny<[VariablesOf<typeof overview>, VariablesOf<typeof submit>]> = false;
export const results: HasAny<[ResultOf<typeof overview>, ResultOf<typeof submit>]> = false;

type Node = NonNullable<ResultOf<typeof overview>["salaryRecords"]>["edges"][number]["node"];
export const currency: Node["pay"]["currency"] = "EUR";
export const level: Node["level"] = "SENIOR";
// @ts-expect-error an amount is a number
export const text: Node["pay"]["baseSalary"] = "100000";
