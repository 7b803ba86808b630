import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Kind, parse } from "graphql";
import { useEffect, useState } from "react";
import { EXAMPLES, type Example } from "./examples";

/** A panel of GraphiQL, beside documentation and history. */
export const EXAMPLES_PANEL: GraphiQLPlugin = { title: "Examples", icon: Icon, content: Examples };

const NARROW = "(max-width: 48rem)"; // as in graphiql.css, where the panel is above the editor

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
  const [selected, setSelected] = useState<Example | null>(null);

  useEffect(() => {
    if (!selected || !queryEditor) return; // the editor loads after this panel
    setSelected(null);
    open(selected);
  });

  function open({ query }: Example) {
    const index = tabs.findIndex((tab) => tab.query === query);
    if (index < 0) openInTab(query);
    else if (index !== activeTabIndex) changeTab(index);
    if (window.matchMedia(NARROW).matches) setVisiblePlugin(null);
    setOperation(query);
    run();
  }

  function openInTab(query: string) {
    if (tabs[activeTabIndex]?.query?.trim()) addTab(); // reuse only an empty tab
    queryEditor?.setValue(query);
    variableEditor?.setValue("");
  }

  /** GraphiQL parses its text after a delay and would run the previous operation until then. */
  function setOperation(query: string) {
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
        Each example opens in a tab and runs. Edit it: the editor completes as you type, and the book icon opens the
        documentation of all fields.
      </p>
      {EXAMPLES.map(({ about, examples }) => (
        <div key={about}>
          <h3>{about}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.question}>
                <button type="button" onClick={() => setSelected(example)}>
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
