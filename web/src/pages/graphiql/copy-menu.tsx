import { ToolbarButton, ToolbarMenu, tryParseJSONC, useGraphiQL } from "@graphiql/react";
import { useState } from "react";
import { addressOf } from "../../base";
import { type ApiRequest, REQUEST_CODE } from "./request-code";

/** A menu of GraphiQL's toolbar that copies the request as code. */
export function CopyMenu() {
  const { queryEditor, variableEditor, operationName } = useGraphiQL(
    ({ queryEditor, variableEditor, operationName }) => ({ queryEditor, variableEditor, operationName }),
  );
  const [note, setNote] = useState(""); // what came of the last choice

  function request(): ApiRequest {
    return {
      url: new URL(addressOf("/graphql"), window.location.href).href,
      query: queryEditor?.getValue() ?? "",
      variables: tryParseJSONC(variableEditor?.getValue()) ?? {},
      operationName: operationName ?? null,
    };
  }

  async function copy(label: string, codeOf: (request: ApiRequest) => string) {
    let code: string;
    try {
      code = codeOf(request());
    } catch (error) {
      setNote(`Not copied: the variables ${error instanceof Error ? error.message : error}`);
      return;
    }
    try {
      await navigator.clipboard.writeText(code);
      setNote(`Copied as ${label}.`);
    } catch {
      setNote("Not copied: the browser does not let the page write to the clipboard.");
    }
  }

  return (
    <>
      <ToolbarMenu
        button={
          <ToolbarButton label="Copy the request as code">
            <Icon />
          </ToolbarButton>
        }
      >
        {REQUEST_CODE.map(({ label, codeOf }) => (
          <ToolbarMenu.Item key={label} onSelect={() => void copy(label, codeOf)}>
            {label}
          </ToolbarMenu.Item>
        ))}
      </ToolbarMenu>
      <output className="graphiql-copy-note">{note}</output>
    </>
  );
}

function Icon() {
  return (
    <svg
      className="graphiql-toolbar-icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="m7 5-5 5 5 5M13 5l5 5-5 5" />
    </svg>
  );
}
