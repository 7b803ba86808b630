import { describe, expect, test } from "vitest";
import { REQUEST_CODE } from "../src/pages/graphiql/request-code";

const codeOf = (label: string, query: string, variables = {}, operationName: string | null = null) =>
  REQUEST_CODE.find((one) => one.label.startsWith(label))?.codeOf({
    url: "http://127.0.0.1:8000/graphql",
    query,
    variables,
    operationName,
  });

describe("A request as code", () => {
  test("is a curl command whose quotes survive a shell", () => {
    expect(codeOf("curl", `{ factorValues(factor: ROLE, search: "it's") { nodes { code } } }`)).toBe(
      `curl 'http://127.0.0.1:8000/graphql' \\
  -H 'content-type: application/json' \\
  -d '{"query":"{ factorValues(factor: ROLE, search: \\"it'\\''s\\") { nodes { code } } }"}'
`,
    );
  });

  test("is a call of fetch with a readable query", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is to be escaped
    const query = "# `${x}` \\\nquery A($p: Float!) { cohort { size } }";
    expect(
      codeOf("JavaScript", query, { p: 1.5 }, "A"),
    ).toBe(`const response = await fetch("http://127.0.0.1:8000/graphql", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    query: \`# \\\`\\\${x}\\\` \\\\
query A($p: Float!) { cohort { size } }\`,
    variables: {
      "p": 1.5
    },
    operationName: "A",
  }),
});
const { data, errors } = await response.json();
`);
  });

  test("is Python with Python's literals", () => {
    const code = codeOf("Python", '{ a(b: """c""", d: "e") }', { yes: true, no: false, none: null, list: ["é", 1] });
    expect(code).toBe(`import requests

query = """{ a(b: \\"""c\\""", d: "e") }"""
request = {
    "query": query,
    "variables": {"yes": True, "no": False, "none": None, "list": ["é", 1]},
}
response = requests.post("http://127.0.0.1:8000/graphql", json=request, timeout=30)
answer = response.json()
print(answer)
`);
  });
});
