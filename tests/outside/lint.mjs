// Lints the SDL with the presets "recommended" and "relay" of graphql-eslint: node lint.mjs SCHEMA
//
// Default rules, except for the options below, each with its reason.
import { readFileSync } from "node:fs";
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const [schema] = process.argv.slice(2);

/** Figures, parts of results and mutation payloads, which have no identity of their own. */
const WITHOUT_IDENTITY = {
  suffixes: ["Payload", "Connection", "Edge"],
  types: [
    "Bin",
    "Caution",
    "Citation",
    "Cohort",
    "CohortDifference",
    "CohortGroup",
    "CohortRelaxation",
    "ComparedOffer",
    "ComponentRank",
    "ConfidenceInterval",
    "ContributedBreakdown",
    "ContributedRow",
    "ContributedSample",
    "ContributionRules",
    "DataLoading",
    "EmployerCandidate",
    "Difference",
    "Distribution",
    "EstimateContribution",
    "Finding",
    "ConfoundedValue",
    "Limits",
    "MeasureCoverage",
    "NegotiationAdvice",
    "OfferBenchmark",
    "OfferComparison",
    "OfficialWage",
    "Outlook",
    "OutlookPoint",
    "PageInfo",
    "Pay",
    "PayEstimate",
    "PercentileRank",
    "Premium",
    "PremiumTable",
    "PriceLevel",
    "PrivacySpending",
    "ReportedPay",
    "ReviewItem",
    "Stats",
    "Suppression",
    "TitleReading",
    "TrendPoint",
    "Unavailable",
    "UserError",
  ],
};

const rules = {
  ...graphql.configs["flat/schema-recommended"].rules,
  ...graphql.configs["flat/schema-relay"].rules,
  "@graphql-eslint/strict-id-in-types": ["error", { exceptions: WITHOUT_IDENTITY }],
  // factor values and the review queue only paginate forwards, which Relay's specification allows
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // short complete lists are not connections, and only records can be refetched by id
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
