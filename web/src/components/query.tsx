import { stringifyDocument } from "@urql/core";
import { type ReactNode, useState } from "react";
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useQuery } from "urql";

export interface AnswerState<Data, Variables> {
  data: Data | undefined;
  /** What the data is the answer to: while a new one is on its way, something else than what is asked now. */
  asked: Variables;
  fetching: boolean;
  error: CombinedError | undefined;
  again: () => void;
}

/** Asks, and keeps the last answer until the next one comes, also while there is no connection. */
export function useAnswer<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  pause = false,
): AnswerState<Data, Variables> {
  const [{ data, fetching, error, operation }, ask] = useQuery<Data, AnyVariables>({ query, variables, pause });
  const [last, setLast] = useState<{ data: Data; asked: Variables } | null>(null);
  if (data && operation && data !== last?.data) setLast({ data, asked: operation.variables as Variables });
  const kept = data || !error || error.networkError ? last : null; // an error of the question itself leaves nothing to show
  return {
    data: kept?.data,
    asked: kept?.asked ?? variables,
    fetching,
    error,
    again: () => ask({ requestPolicy: "network-only" }),
  };
}

interface AnswerProps<Data, Variables> {
  of: AnswerState<Data, Variables>;
  /** What is on its way, in words. */
  what: string;
  tall?: boolean;
  children: (data: Data, asked: Variables) => ReactNode;
}

/** What to show of an answer: that it is on its way, what went wrong, or the answer itself. */
export function Answer<Data, Variables>({
  of: { data, asked, fetching, error, again },
  what,
  tall = true,
  children,
}: AnswerProps<Data, Variables>) {
  if (data !== undefined) {
    return (
      <div className="answer" aria-busy={fetching}>
        {children(data, asked)}
      </div>
    );
  }
  return error ? <Failure message={wordsOf(error)} retry={again} /> : <Loading what={what} tall={tall} />;
}

/** Takes the room of what is on its way, so that nothing jumps when it comes. */
export function Loading({ what, tall = false }: { what: string; tall?: boolean }) {
  return (
    <div className={tall ? "loading loading-tall" : "loading"} role="status">
      <span className="visually-hidden">Loading {what}…</span>
    </div>
  );
}

/** An error in words, with what can be done about it. */
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

/** Nothing matches, or too little to tell anything: why, and the way out. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state" role="status">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** What an error of a query says to the reader. */
export function wordsOf(error: CombinedError): string {
  if (error.networkError) {
    return navigator.onLine
      ? "The service does not answer. It may be starting, or the connection to it is gone."
      : "You are offline. What you see may be of before; it goes on when the connection is back.";
  }
  return error.graphQLErrors.map((one) => one.message).join(" ");
}

/** Where a query opens in GraphiQL, with its variables. */
export function queryLink<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): string {
  const params = new URLSearchParams({
    query: stringifyDocument(query),
    variables: JSON.stringify(variables, null, 2),
  });
  return `/graphiql?${params.toString()}`;
}
