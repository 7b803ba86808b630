import { useQuery } from "urql";
import { graphql } from "../gql";
import type { Factor } from "../gql/graphql";

const FactorValues = graphql(`
  query FactorValues($factor: Factor!, $search: String, $under: Code, $first: Int!) {
    factorValues(factor: $factor, search: $search, under: $under, first: $first) {
      totalCount
      nodes { code label records parent { code label } }
    }
  }
`);

export interface FoundValue {
  code: string;
  label: string;
  records: number;
  parent: { code: string; label: string } | null;
}

interface Asked {
  factor: Factor;
  search?: string | undefined;
  under?: string | null | undefined;
  /** At most 500. */
  first?: number;
  pause?: boolean;
}

/** The values of a factor, in the order of the reference data. */
export function useFactorValues({ factor, search, under, first = 500, pause = false }: Asked) {
  const [{ data, fetching, error }] = useQuery({
    query: FactorValues,
    variables: { factor, search: search || null, under: under ?? null, first },
    pause,
  });
  const found: readonly FoundValue[] | undefined = pause ? undefined : data?.factorValues.nodes;
  return { values: found, total: data?.factorValues.totalCount ?? 0, fetching, error };
}

/** The name of a value; its code as long as it is not known, and where nobody knows it. */
export function useLabel(factor: Factor, code: string | null): string {
  const { values } = useFactorValues({ factor, search: code ?? "", first: 50, pause: !code });
  return values?.find((value) => value.code === code)?.label ?? code ?? "";
}
