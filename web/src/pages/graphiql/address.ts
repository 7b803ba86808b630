/** What the address asks the editor to open; undefined where it says nothing. */
export interface Opened {
  query?: string;
  variables?: string;
}

const LONGEST = 8_000; // characters that servers and chats still carry as an address

export function opened(search: string): Opened {
  const params = new URLSearchParams(search);
  const query = params.get("query");
  const variables = params.get("variables");
  return { ...(query === null ? {} : { query }), ...(variables === null ? {} : { variables }) };
}

/** Keeps what is being edited in the address, so that a link shares it; what is too long for one is left out. */
export function share({ query, variables }: { query: string | null; variables: string | null }) {
  if (window.location.pathname !== "/graphiql") return; // the last words of an editor that has just been left
  const params = new URLSearchParams();
  if (query?.trim()) params.set("query", query);
  if (variables?.trim()) params.set("variables", variables);
  const search = params.toString();
  const shared = search && search.length <= LONGEST ? `?${search}` : "";
  if (shared !== window.location.search) window.history.replaceState(window.history.state, "", `/graphiql${shared}`);
}
