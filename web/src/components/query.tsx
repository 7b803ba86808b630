import { stringifyDocument } from "@urql/core";
import { type ReactNode, useState } from "react";
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useQuery } from "urql";
import { addressOf } from "../base";

export interface LatestResult<Data, Variables> {
  data: Data | undefined;
  /** The variables that the data was queried with; they differ from the current ones while a new result is loading. */
  variables: Variables;
  fetching: boolean;
  error: CombinedError | undefined;
  retry: () => void;
}

/** Runs a query and keeps its last result until the next one has arrived, even while offline. */
export function useLatestResult<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  pause = false,
): LatestResult<Data, Variables> {
  const [{ data, fetching, error, operation }, execute] = useQuery<Data, AnyVariables>({ query, variables, pause });
  const [last, setLast] = useState<{ data: Data; variables: Variables } | null>(null);
  if (data && operation && data !== last?.data) setLast({ data, variables: operation.variables as Variables });
  const shown = data || !error || error.networkError ? last : null; // a query that is invalid has no result to show
  return {
    data: shown?.data,
    variables: shown?.variables ?? variables,
    fetching,
    error,
    retry: () => execute({ requestPolicy: "network-only" }),
  };
}

interface ResultProps<Data, Variables> {
  of: LatestResult<Data, Variables>;
  /** What is loading, for its announcement. */
  what: string;
  tall?: boolean;
  children: (data: Data, variables: Variables) => ReactNode;
}

/** A query's result, or that it is loading, or its error. */
export function Result<Data, Variables>({
  of: { data, variables, fetching, error, retry },
  what,
  tall = true,
  children,
}: ResultProps<Data, Variables>) {
  if (data !== undefined) {
    return (
      <div className="result" aria-busy={fetching}>
        {children(data, variables)}
      </div>
    );
  }
  return error ? <Failure message={errorMessage(error)} retry={retry} /> : <Loading what={what} tall={tall} />;
}

/** A placeholder that reserves the space of what is loading, to avoid layout shifts. */
export function Loading({ what, tall = false }: { what: string; tall?: boolean }) {
  return (
    <div className={tall ? "loading loading-tall" : "loading"} role="status">
      <span className="visually-hidden">Loading {what}…</span>
    </div>
  );
}

/** An error message, with a button to retry if that may help. */
export function Failure({ message, retry }: { message: string; retry?: () => void }) {
  return (
    <div className="state state-failure" role="alert">
      <p>{message}</p>
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Says that there is nothing to show, why, and what to do about it. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state" role="status">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** The message of a failed query for the reader. */
export function errorMessage(error: CombinedError): string {
  if (error.networkError) {
    return navigator.onLine
      ? "The service does not answer. It may be starting, or the connection to it is lost."
      : "You are offline. The figures may be outdated; they update when the connection is back.";
  }
  return error.graphQLErrors.map(({ message }) => message).join(" ");
}

/** The URL that opens a query with its variables in GraphiQL: in the fragment, since variables may be the reader's pay. */
export function queryLink<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): string {
  const params = new URLSearchParams({
    query: stringifyDocument(query),
    variables: JSON.stringify(variables, null, 2),
  });
  return addressOf(`/graphiql#${params.toString()}`);
}
