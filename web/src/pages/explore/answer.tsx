import { useState, type ReactNode } from "react";
import { useQuery, type AnyVariables, type CombinedError, type TypedDocumentNode } from "urql";
import { Failure, Loading, wordsOf } from "../../parts/states";

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
  return { data: kept?.data, asked: kept?.asked ?? variables, fetching, error, again: () => ask({ requestPolicy: "network-only" }) };
}

interface AnswerProps<Data, Variables> {
  of: AnswerState<Data, Variables>;
  /** What is on its way, in words. */
  what: string;
  tall?: boolean;
  children: (data: Data, asked: Variables) => ReactNode;
}

/** What to show of an answer: that it is on its way, what went wrong, or the answer itself. */
export function Answer<Data, Variables>({ of: { data, asked, fetching, error, again }, what, tall = true, children }: AnswerProps<Data, Variables>) {
  if (data !== undefined) {
    return (
      <div className="answer" aria-busy={fetching}>
        {children(data, asked)}
      </div>
    );
  }
  return error ? <Failure message={wordsOf(error)} retry={again} /> : <Loading what={what} tall={tall} />;
}
