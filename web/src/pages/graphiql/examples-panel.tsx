import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from "@graphiql/react";
import { Kind, parse } from "graphql";
import { EXAMPLES, type Example } from "./examples";

/** A panel of the editor, beside its documentation and history. */
export const EXAMPLES_PANEL: GraphiQLPlugin = { title: "Examples", icon: Icon, content: Examples };

const NARROW = "(max-width: 48rem)"; // as in graphiql.css: there the panel lies over the editor

function Examples() {
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(({ tabs, activeTabIndex, queryEditor, variableEditor }) => ({
    tabs,
    activeTabIndex,
    queryEditor,
    variableEditor,
  }));
  const { addTab, changeTab, run, setOperationFacts, setVisiblePlugin } = useGraphiQLActions();

  function open({ query }: Example) {
    const there = tabs.findIndex((tab) => tab.query === query);
    if (there >= 0) {
      if (there !== activeTabIndex) changeTab(there);
    } else {
      if (tabs[activeTabIndex]?.query?.trim()) addTab(); // an empty tab is taken, a used one is left as it is
      queryEditor?.setValue(query);
      variableEditor?.setValue("");
    }
    if (window.matchMedia(NARROW).matches) setVisiblePlugin(null);
    // The editor looks at what it holds only after a while; until then it would ask for the operation that it held before.
    const documentAST = parse(query);
    const operations = documentAST.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value ?? "" });
    run();
  }

  return (
    <section className="graphiql-examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Each opens in a tab and runs. Change what you like: the editor completes as you type, and the book icon explains every field.</p>
      {EXAMPLES.map(({ about, examples }) => (
        <div key={about}>
          <h3>{about}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.question}>
                <button type="button" disabled={!queryEditor} onClick={() => open(example)}>
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
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M4 5h12M4 10h8M4 15h10" />
      <path d="m14.5 9 2 1.5-2 1.5" />
    </svg>
  );
}
