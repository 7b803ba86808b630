import { useMemo } from "react";
import { useLocationProperty } from "wouter/use-browser-location";
import { BASE } from "../base";

// Browsers never send the part of a URL after #. So it holds what is the reader's own: their pay, their offers, and the queries
// that they edit. The rest of a view is in the query string.

/** The parameters in the fragment of the current URL. */
export function useFragmentParams(): URLSearchParams {
  const hash = useLocationProperty(() => location.hash);
  return useMemo(() => new URLSearchParams(hash.slice(1)), [hash]);
}

/** A URL of its parts; commas and colons need no escapes in them. */
export function urlOf(path: string, query: URLSearchParams, fragment: URLSearchParams): string {
  const [search, hash] = [query, fragment].map((params) =>
    params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":"),
  );
  return `${path}${search && `?${search}`}${hash && `#${hash}`}`;
}

/** The parameters that belong in the fragment, by path; "all" if none belongs in the query string. */
const OWN_PARAMS: Readonly<Record<string, readonly string[] | "all">> = {
  "/": ["pay"],
  "/offer": "all",
  "/graphiql": ["query", "variables"],
};

/** The URL of a link with the reader's own parameters moved to the fragment; links were made with them in the query. */
export function withOwnParamsMoved({ pathname, search, hash }: Pick<URL, "pathname" | "search" | "hash">): string {
  const [query, fragment] = [new URLSearchParams(search), new URLSearchParams(hash.slice(1))];
  const own = OWN_PARAMS[pathname.slice(BASE.length)] ?? [];
  const moved = [...query.keys()].filter((name) => own === "all" || own.includes(name));
  if (!moved.length) return `${pathname}${search}${hash}`;
  for (const name of moved) {
    if (!fragment.has(name)) fragment.set(name, query.get(name) ?? "");
    query.delete(name);
  }
  return urlOf(pathname, query, fragment);
}

/** Rewrites the URL of a link made with the reader's own parameters in the query string. Call it before anything is rendered. */
export function moveOwnParams() {
  const url = withOwnParamsMoved(window.location);
  const { pathname, search, hash } = window.location;
  if (url !== `${pathname}${search}${hash}`) window.history.replaceState(window.history.state, "", url);
}
