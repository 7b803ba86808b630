import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { CohortFilter, Factor } from "../gql/graphql";

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

interface FactorValuesOptions {
  factor: Factor;
  search?: string | undefined;
  under?: string | null | undefined;
  /** At most 500. */
  first?: number;
  pause?: boolean;
}

/** The values of a factor, in the order of the reference data. */
export function useFactorValues({ factor, search, under, first = 500, pause = false }: FactorValuesOptions) {
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

interface FacetCountsOptions {
  where: CohortFilter;
  factor: Factor;
  under?: string | undefined;
  first: number;
  pause?: boolean;
}

/** The values of a factor that records carry, each with how many of them do. */
export function useFacetCounts({ where, factor, under, first, pause = false }: FacetCountsOptions) {
  const [{ data, fetching, error }] = useQuery({
    query: FacetCounts,
    variables: { where, factor, under: under ?? null, first },
    pause,
  });
  const values = data?.cohort.by.flatMap(({ value, cohort }): CountedValue[] =>
    value ? [{ code: value.code, label: value.label, records: cohort.size, wide: value.children.length > 0 }] : [],
  );
  return { values, fetching, error };
}

/** A value, once nothing has changed it for so many ms: for what somebody types. */
export function useSettled<Value>(value: Value, pause: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
