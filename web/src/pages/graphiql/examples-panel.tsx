import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Kind, parse } from "graphql";
import { useEffect, useState } from "react";
import { EXAMPLES, type Example } from "./examples";

/** A panel of the editor, beside its documentation and history. */
export const EXAMPLES_PANEL: GraphiQLPlugin = { title: "Examples", icon: Icon, content: Examples };

const NARROW = "(max-width: 48rem)"; // as in graphiql.css: there the panel stands above the editor

function Examples() {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    ({ tabs, activeTabIndex, queryEditor, variableEditor }) => ({
      tabs,
      activeTabIndex,
      queryEditor,
      variableEditor,
    }),
  );
  const { addTab, changeTab, run, setOperationFacts, setVisiblePlugin, updateActiveTabValues } = useGraphiQLActions();
  const [wanted, setWanted] = useState<Example | null>(null);

  useEffect(() => {
    if (!wanted || !queryEditor) return; // the editor comes a moment later than this panel
    setWanted(null);
    open(wanted);
  });

  function open({ query }: Example) {
    const there = tabs.findIndex((tab) => tab.query === query);
    if (there < 0) show(query);
    else if (there !== activeTabIndex) changeTab(there);
    if (window.matchMedia(NARROW).matches) setVisiblePlugin(null);
    tell(query);
    run();
  }

  function show(query: string) {
    if (tabs[activeTabIndex]?.query?.trim()) addTab(); // an empty tab is taken, a used one is left as it is
    queryEditor?.setValue(query);
    variableEditor?.setValue("");
  }

  /** The editor looks at what it holds only after a while; until then it would run the operation that it held before. */
  function tell(query: string) {
    const documentAST = parse(query);
    const operations = documentAST.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    const operationName = operations[0]?.name?.value ?? "";
    setOperationFacts({ documentAST, operations, operationName });
    updateActiveTabValues({ query, operationName });
  }

  return (
    <section className="graphiql-examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>
        Each opens in a tab and runs. Change what you like: the editor completes as you type, and the book icon explains
        every field.
      </p>
      {EXAMPLES.map(({ about, examples }) => (
        <div key={about}>
          <h3>{about}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.question}>
                <button type="button" onClick={() => setWanted(example)}>
                  {example.question}
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Icon() {
  return (
    <svg
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M4 5h12M4 10h8M4 15h10" />
      <path d="m14.5 9 2 1.5-2 1.5" />
    </svg>
  );
}
