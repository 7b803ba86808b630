import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { type RefObject, useEffect, useRef, useState } from "react";
import { addressOf } from "../../base";
import { CopyMenu } from "./copy-menu";
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
  url: addressOf("/graphql"),
  subscriptionUrl: `${window.location.origin.replace("http", "ws")}${addressOf("/graphql")}`,
});

/** GraphiQL with this service's API and examples, opened with the query in the URL's fragment. */
export default function GraphiqlPage() {
  const page = useRef<HTMLDivElement>(null);
  const scheme = useColorScheme();
  useAccessibilityFixes(page);
  const [{ query, variables }] = useState(() => queryOf(window.location.hash));
  const panel = query === undefined && window.matchMedia(WIDE).matches ? EXAMPLES_PANEL : undefined;
  return (
    <div className="graphiql-page" ref={page}>
      <h1 className="visually-hidden">GraphiQL: query the API</h1>
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        {...(panel && { visiblePlugin: panel })}
        {...(query !== undefined && { initialQuery: query, initialVariables: variables ?? "" })}
        defaultQuery={EXAMPLES[0]?.examples[0]?.query ?? ""}
        forcedTheme={scheme}
        defaultTheme={scheme}
        inputValueDeprecation
        onTabChange={({ tabs, activeTabIndex }) => {
          const { query = null, variables = null } = tabs[activeTabIndex] ?? {};
          updateUrl({ query, variables });
        }}
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, merge, copy }) => (
            <>
              {prettify}
              {merge}
              {copy}
              <CopyMenu />
            </>
          )}
        </GraphiQL.Toolbar>
      </GraphiQL>
    </div>
  );
}

/** The query and variables in a URL's fragment; undefined if it has none. */
interface SharedQuery {
  query?: string;
  variables?: string;
}

const MAX_URL_LENGTH = 8_000; // characters that servers and chats still accept

function queryOf(hash: string): SharedQuery {
  const params = new URLSearchParams(hash.slice(1));
  const query = params.get("query");
  const variables = params.get("variables");
  return { ...(query === null ? {} : { query }), ...(variables === null ? {} : { variables }) };
}

/** Keeps the edited query in the URL's fragment, so that a link shares it, unless it is too long. */
function updateUrl({ query, variables }: { query: string | null; variables: string | null }) {
  if (window.location.pathname !== addressOf("/graphiql")) return; // a late call of an editor that was closed
  const params = new URLSearchParams();
  if (query?.trim()) params.set("query", query);
  if (variables?.trim()) params.set("variables", variables);
  const fragment = params.toString();
  const shared = fragment && fragment.length <= MAX_URL_LENGTH ? `#${fragment}` : "";
  if (shared !== window.location.hash)
    window.history.replaceState(window.history.state, "", addressOf(`/graphiql${shared}`));
}

type ColorScheme = "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";

/** The page's current color scheme, by its theme or else the system's; GraphiQL cannot read it from CSS. */
function useColorScheme(): ColorScheme {
  const [scheme, setScheme] = useState(currentScheme);
  useEffect(() => {
    const update = () => setScheme(currentScheme());
    const system = window.matchMedia(DARK);
    const theme = new MutationObserver(update);
    system.addEventListener("change", update);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", update);
      theme.disconnect();
    };
  }, []);
  return scheme;
}

function currentScheme(): ColorScheme {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return window.matchMedia(DARK).matches ? "dark" : "light";
}

/** Corrects GraphiQL's ARIA attributes whenever it renders. */
function useAccessibilityFixes(page: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const { current } = page;
    if (!current) return;
    const observer = new MutationObserver(() => {
      fixTabs(current);
      fixHistory(current);
    });
    observer.observe(current, { subtree: true, childList: true, attributeFilter: ["role", "aria-selected", "class"] });
    return () => observer.disconnect();
  }, [page]);
}

/** Makes the tabs a list of buttons, one of them pressed: as ARIA tabs they contain buttons that nobody can reach. */
function fixTabs(page: HTMLElement) {
  for (const list of page.querySelectorAll(".graphiql-tabs")) setAttribute(list, "role", "list");
  for (const tab of page.querySelectorAll(".graphiql-tab")) {
    setAttribute(tab, "role", "listitem");
    tab.removeAttribute("aria-selected");
    const button = tab.querySelector(".graphiql-tab-button");
    if (button) setAttribute(button, "aria-pressed", String(tab.classList.contains("graphiql-tab-active")));
  }
}

/** Lets the buttons of the history be named by their query; GraphiQL names all of them "Set active". */
function fixHistory(page: HTMLElement) {
  for (const label of page.querySelectorAll(".graphiql-history-item-label")) label.removeAttribute("aria-label");
}

/** Sets an attribute only if it differs, since each change calls the observer again. */
function setAttribute(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
