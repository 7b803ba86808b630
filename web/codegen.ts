import { readFileSync } from "node:fs";
import type { CodegenConfig } from "@graphql-codegen/cli";
import { parse, print, visit } from "graphql";

/** Root fields that may be null without an error. The page has no data if another one is null: see `whole-data.ts`. */
const NULLABLE = ["node", "nodes", "submission", "contributedBreakdown", "privacyLedger"];

/** The schema with the other root fields as non-null. */
const schema = print(
  visit(parse(readFileSync("../schema/schema.graphql", "utf8")), {
    ObjectTypeDefinition: (type) => (type.name.value === "Query" ? undefined : false),
    FieldDefinition: (field) =>
      field.type.kind === "NonNullType" || NULLABLE.includes(field.name.value)
        ? undefined
        : { ...field, type: { kind: "NonNullType", type: field.type } },
  }),
);

const config: CodegenConfig = {
  schema,
  documents: "src/**/*.{ts,tsx}",
  ignoreNoDocuments: true,
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { Currency: "string", Month: "string", Code: "string", DateTime: "string" },
      },
    },
  },
};

export default config;
