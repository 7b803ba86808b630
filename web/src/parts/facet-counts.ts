import { useQuery } from "urql";
import { graphql } from "../gql";
import type { CohortFilter, Factor } from "../gql/graphql";

const FacetCounts = graphql(`
  query FacetCounts($where: CohortFilter, $factor: Factor!, $under: Code, $first: Int!) {
    cohort(where: $where) {
      by(factor: $factor, under: $under, first: $first) {
        value { code label children { code } }
        cohort { size }
      }
    }
  }
`);

export interface CountedValue {
  code: string;
  label: string;
  /** Records that carry it among those that the other filters leave. */
  records: number;
  /** Whether there are values below it. */
  wide: boolean;
}

interface Asked {
  where: CohortFilter;
  factor: Factor;
  under?: string | undefined;
  first: number;
  pause?: boolean;
}

/** The values of a factor that records carry, each with how many of them do. */
export function useFacetCounts({ where, factor, under, first, pause = false }: Asked) {
  const [{ data, fetching, error }] = useQuery({ query: FacetCounts, variables: { where, factor, under: under ?? null, first }, pause });
  const values = data?.cohort.by.flatMap(({ value, cohort }): CountedValue[] =>
    value ? [{ code: value.code, label: value.label, records: cohort.size, wide: value.children.length > 0 }] : [],
  );
  return { values, fetching, error };
}
