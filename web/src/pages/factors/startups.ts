import { graphql } from "../../gql";
import { question, type Claim } from "./claim";
import { whereOf } from "./ground";
import { readTable } from "./premiums";

const Startups = graphql(`
  query Startups($where: CohortFilter) {
    cohort(where: $where) {
      base: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: BASE_SALARY) { ...PremiumRows }
      equity: premiums(factor: EMPLOYER_TYPE, baseline: "private", measure: EQUITY) { ...PremiumRows }
    }
  }
`);

/** Two claims in one, so each is measured by itself, whatever measure is asked for. */
export const startups: Claim = {
  id: "startups",
  sentence: "Start-ups pay less base salary and more equity",
  how: "Equity among those who get any. Private companies past the start-up stage are what both are held against.",
  question: ({ country }) =>
    question(Startups, { where: whereOf(country) }, ({ cohort }) => {
      const base = readTable(cohort.base, { claimed: { startup: "below" } });
      const equity = readTable(cohort.equity, { claimed: { startup: "above" } });
      const estimates = [
        ...base.estimates.map((estimate) => ({ ...estimate, label: "Base salary" })),
        ...equity.estimates.map((estimate) => ({ ...estimate, label: "Equity" })),
      ];
      const missing = [...(base.missing?.length ? ["base salary of start-ups"] : []), ...(equity.missing?.length ? ["equity of start-ups"] : [])];
      return { ...base, estimates, missing, reason: base.reason ?? equity.reason };
    }),
};
