import { useEffect } from "react";
import type { RouterOptions } from "wouter";

interface Guard {
  question: string;
  /** The path that is guarded, and the query string to return to. */
  pathname: string;
  search: string;
}

let guard: Guard | null = null;

/** Asks the reader whether to leave the current path, by a link, the browser's buttons or closing it, while `enabled`. */
export function useLeaveGuard(enabled: boolean, question: string) {
  useEffect(() => {
    if (!enabled) return;
    const { pathname, search } = location;
    guard = { question, pathname, search };
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault(); // the browser asks in its own words
    addEventListener("beforeunload", onUnload);
    return () => {
      guard = null;
      removeEventListener("beforeunload", onUnload);
    };
  }, [enabled, question]);
}

/** Follows a link within the page, if the reader agrees to leave. */
export const guardedNavigation: NonNullable<RouterOptions["aroundNav"]> = (navigate, to, options) => {
  if (!isLeaving(new URL(to, location.href).pathname) || confirm(guard?.question)) navigate(to, options);
};

function isLeaving(pathname: string): boolean {
  return guard !== null && guard.pathname !== pathname;
}

// Added when this module is loaded, and so called before the router's own listener, which then hears of nothing.
addEventListener("popstate", (event) => {
  if (!guard || !isLeaving(location.pathname) || confirm(guard.question)) return;
  event.stopImmediatePropagation();
  history.pushState(null, "", guard.pathname + guard.search);
});
