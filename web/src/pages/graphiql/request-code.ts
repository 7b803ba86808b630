/** A request to the API: what the editors hold. */
export interface ApiRequest {
  url: string;
  query: string;
  variables: Readonly<Record<string, unknown>>;
  /** Which operation to run; null if the document has only one or none has a name. */
  operationName: string | null;
}

/** Requests written out as code to paste into a terminal or a program. */
export const REQUEST_CODE: readonly { label: string; codeOf: (request: ApiRequest) => string }[] = [
  { label: "curl", codeOf: curlOf },
  { label: "JavaScript (fetch)", codeOf: fetchOf },
  { label: "Python (requests)", codeOf: pythonOf },
];

function curlOf(request: ApiRequest): string {
  return `curl ${shellQuoted(request.url)} \\
  -H 'content-type: application/json' \\
  -d ${shellQuoted(JSON.stringify({ query: request.query, ...optionsOf(request) }))}
`;
}

function fetchOf(request: ApiRequest): string {
  return `const response = await fetch(${JSON.stringify(request.url)}, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    query: \`${request.query.replace(/[\\`]|\$\{/g, "\\$&")}\`,
${Object.entries(optionsOf(request))
  .map(([name, value]) => `    ${name}: ${indented(JSON.stringify(value, null, 2), 4)},\n`)
  .join("")}  }),
});
const { data, errors } = await response.json();
`;
}

function pythonOf(request: ApiRequest): string {
  return `import requests

query = """${request.query.replace(/\\|"(?="")|"$/g, "\\$&")}"""
request = {
    "query": query,
${Object.entries(optionsOf(request))
  .map(([name, value]) => `    "${name}": ${pythonLiteral(value)},\n`)
  .join("")}}
response = requests.post(${pythonLiteral(request.url)}, json=request, timeout=30)
answer = response.json()
print(answer)
`;
}

/** The parts of a request besides its query. */
function optionsOf({ variables, operationName }: ApiRequest) {
  return {
    ...(Object.keys(variables).length > 0 && { variables }),
    ...(operationName && { operationName }),
  };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/** A JSON value as Python; its strings are Python's, but for null, true and false. */
function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([name, member]) => `${JSON.stringify(name)}: ${pythonLiteral(member)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}
