import type { ReactNode } from "react";
import type { CombinedError } from "urql";

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
