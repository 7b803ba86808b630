// The SDL by the presets "recommended" and "relay" of graphql-eslint: node lint.mjs SCHEMA
//
// The rules are as they come, but for options that they have for schemas such as this one, each with its reason.
import { readFileSync } from "node:fs";
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const [schema] = process.argv.slice(2);

/** Figures, parts of answers and answers to mutations, which are nothing without what was asked. */
const WITHOUT_IDENTITY = {
  suffixes: ["Payload", "Connection", "Edge"],
  types: [
    "Bin",
    "Caution",
    "Cohort",
    "CohortGroup",
    "CohortRelaxation",
    "ComparedOffer",
    "ComponentRank",
    "ConfidenceInterval",
    "EstimateContribution",
    "Distribution",
    "Finding",
    "ConfoundedValue",
    "Limits",
    "NegotiationAdvice",
    "OfferBenchmark",
    "OfferComparison",
    "Outlook",
    "OutlookPoint",
    "PageInfo",
    "Pay",
    "PayEstimate",
    "PercentileRank",
    "Premium",
    "PremiumTable",
    "PriceLevel",
    "ReportedPay",
    "ReviewItem",
    "Stats",
    "Suppression",
    "TrendPoint",
    "UserError",
    // these have codes and numbers of their own rather than ids
    "Edition",
    "FactorValue",
    "Source",
  ],
};

const rules = {
  ...graphql.configs["flat/schema-recommended"].rules,
  ...graphql.configs["flat/schema-relay"].rules,
  "@graphql-eslint/strict-id-in-types": ["error", { exceptions: WITHOUT_IDENTITY }],
  // factor values and the review queue are read forwards only, which Relay's specification leaves open
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // short lists that come whole are no connections, and only records are asked for again by their id
  "@graphql-eslint/relay-edge-types": [
    "error",
    { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
  ],
};

const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.graphql"],
      plugins: { "@graphql-eslint": graphql },
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
      linterOptions: { reportUnusedDisableDirectives: "error" },
      rules,
    },
  ],
});
const [{ messages }] = await eslint.lintText(readFileSync(schema, "utf8"), { filePath: "schema.graphql" });
console.log(JSON.stringify(messages.map(({ ruleId, line, message }) => ({ rule: ruleId, line, message }))));
