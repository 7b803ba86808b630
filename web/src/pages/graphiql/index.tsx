import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import "graphiql/setup-workers/vite";
import { useRef, useState } from "react";
import { opened, share } from "./address";
import { useColours } from "./colours";
import { EXAMPLES } from "./examples";
import { EXAMPLES_PANEL } from "./examples-panel";
import { useMended } from "./mended";
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
