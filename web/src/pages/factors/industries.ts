import { graphql } from "../../gql";
import { question, type Claim } from "./claim";
import { whereOf } from "./ground";
import { readTable } from "./premiums";

const Industries = graphql(`
  query Industries($where: CohortFilter, $baseline: Code!, $measure: Measure!) {
    cohort(where: $where) {
      all: premiums(factor: INDUSTRY, baseline: $baseline, measure: $measure) { ...PremiumRows }
      driving: premiums(factor: INDUSTRY, under: "automotive", baseline: $baseline, measure: $measure) { ...PremiumRows }
    }
  }
`);

/** Autonomous vehicles lie within the car industry, so they are asked for by a table of their own. */
export const industries: Claim = {
  id: "industries",
  sentence: "Finance, healthcare and driverless cars pay more",
  how: "Held against the most common of all other industries.",
  question: ({ country, measure, ground: { usualIndustry } }) =>
    usualIndustry
      ? question(Industries, { where: whereOf(country), baseline: usualIndustry.code, measure }, ({ cohort }) => {
          const all = readTable(cohort.all, { claimed: { finance: "above", healthcare: "above" } });
          const driving = readTable(cohort.driving, { claimed: { "autonomous-vehicles": "above" } });
          const estimates = [...all.estimates, ...driving.estimates];
          return { ...all, estimates, missing: [...(all.missing ?? []), ...(driving.missing ?? [])], reason: estimates.length ? null : all.reason };
        })
      : "Too few records tell their industry.",
};
