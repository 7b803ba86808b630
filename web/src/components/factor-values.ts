import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { CohortFilter, Factor } from "../gql/graphql";

const FactorValues = graphql(`
  query FactorValues($factor: Factor!, $search: String, $under: Code, $first: Int!) {
    factorValues(factor: $factor, search: $search, under: $under, first: $first) {
      nodes { code label records currency parent { code label } }
    }
  }
`);

export interface FoundValue {
  code: string;
  label: string;
  records: number;
  /** Of a country. */
  currency: string | null;
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
  const values: readonly FoundValue[] | undefined = pause ? undefined : data?.factorValues.nodes;
  return { values, fetching, error };
}

/** The label of a value; its code while the label is loading or if there is none. */
export function useLabel(factor: Factor, code: string | null): string {
  const { values } = useFactorValues({ factor, search: code ?? "", first: 50, pause: !code });
  return values?.find((value) => value.code === code)?.label ?? code ?? "";
}

const FacetCounts = graphql(`
  query FacetCounts($where: CohortFilter, $factor: Factor!, $under: Code, $first: Int!) {
    cohort(where: $where) {
      by(factor: $factor, under: $under, first: $first) {
        value { code label currency children { code } }
        cohort { size }
      }
    }
  }
`);

export interface CountedValue {
  code: string;
  label: string;
  /** Records with the value among those that match the other filters. */
  records: number;
  /** Of a country. */
  currency: string | null;
  /** Whether there are values below it. */
  hasChildren: boolean;
}

interface FacetCountsOptions {
  where: CohortFilter;
  factor: Factor;
  under?: string | undefined;
  first: number;
  pause?: boolean;
}

/** The values of a factor in a cohort, each with its number of records. */
export function useFacetCounts({ where, factor, under, first, pause = false }: FacetCountsOptions) {
  const [{ data, fetching, error }] = useQuery({
    query: FacetCounts,
    variables: { where, factor, under: under ?? null, first },
    pause,
  });
  const values = data?.cohort.by.flatMap(({ value, cohort }): CountedValue[] =>
    value ? [{ ...value, records: cohort.size, hasChildren: value.children.length > 0 }] : [],
  );
  return { values, fetching, error };
}

/** The value once it has not changed for `delay` ms; used for text that is being typed. */
export function useDebounced<Value>(value: Value, delay: number): Value {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return debounced;
}
