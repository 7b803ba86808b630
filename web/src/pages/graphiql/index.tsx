import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { type RefObject, useEffect, useRef, useState } from "react";
import { EXAMPLES } from "./examples";
import { EXAMPLES_PANEL } from "./examples-panel";
import "graphiql/setup-workers/vite";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css"; // not graphiql/style.css, which carries fonts along
import "./graphiql.css";

const PLUGINS = [EXAMPLES_PANEL, HISTORY_PLUGIN];
const WIDE = "(min-width: 64rem)";

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  subscriptionUrl: `${window.location.origin.replace("http", "ws")}/graphql`,
});

/** GraphiQL over this service, with examples, opened at what the address asks for. */
export default function Graphiql() {
  const page = useRef<HTMLDivElement>(null);
  const colours = useColours();
  useMended(page);
  const [{ query, variables }] = useState(() => opened(window.location.search));
  const first = query === undefined && window.matchMedia(WIDE).matches ? EXAMPLES_PANEL : undefined;
  return (
    <div className="graphiql-page" ref={page}>
      <h1 className="visually-hidden">GraphiQL: ask the API yourself</h1>
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        {...(first && { visiblePlugin: first })}
        {...(query !== undefined && { initialQuery: query, initialVariables: variables ?? "" })}
        defaultQuery={EXAMPLES[0]?.examples[0]?.query ?? ""}
        forcedTheme={colours}
        defaultTheme={colours}
        inputValueDeprecation
        onTabChange={({ tabs, activeTabIndex }) => {
          const { query = null, variables = null } = tabs[activeTabIndex] ?? {};
          share({ query, variables });
        }}
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

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

export type Colours = "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";

/** The colours that the page has now, by its theme button or else by the system; the editor cannot read them off CSS. */
export function useColours(): Colours {
  const [colours, setColours] = useState(now);
  useEffect(() => {
    const system = window.matchMedia(DARK);
    const theme = new MutationObserver(look);
    function look() {
      setColours(now());
    }
    system.addEventListener("change", look);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", look);
      theme.disconnect();
    };
  }, []);
  return colours;
}

function now(): Colours {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return window.matchMedia(DARK).matches ? "dark" : "light";
}

/** Mends, whenever GraphiQL draws anew, what it tells screen readers of itself. */
export function useMended(page: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const { current } = page;
    if (!current) return;
    const observer = new MutationObserver(() => {
      mendTabs(current);
      mendHistory(current);
    });
    observer.observe(current, { subtree: true, childList: true, attributeFilter: ["role", "aria-selected", "class"] });
    return () => observer.disconnect();
  }, [page]);
}

/** As they come, tabs hold two buttons each, and no reader gets to either: here they are a list of buttons, one pressed. */
function mendTabs(page: HTMLElement) {
  for (const list of page.querySelectorAll(".graphiql-tabs")) set(list, "role", "list");
  for (const tab of page.querySelectorAll(".graphiql-tab")) {
    set(tab, "role", "listitem");
    tab.removeAttribute("aria-selected");
    const button = tab.querySelector(".graphiql-tab-button");
    if (button) set(button, "aria-pressed", String(tab.classList.contains("graphiql-tab-active")));
  }
}

/** What was asked before is a button that says the query; all of them are named "Set active" instead. */
function mendHistory(page: HTMLElement) {
  for (const asked of page.querySelectorAll(".graphiql-history-item-label")) asked.removeAttribute("aria-label");
}

/** Sets an attribute only where it is another, or the observer would never come to rest. */
function set(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
