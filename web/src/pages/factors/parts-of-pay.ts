import { graphql } from "../../gql";
import { question, type Claim } from "./claim";
import type { Estimate } from "./estimate";
import { whereOf } from "./ground";

const Parts = graphql(`
  query PartsOfPay($where: CohortFilter) {
    cohort(where: $where) {
      base: stats(measure: BASE_SALARY) { ...PartMean }
      bonus: stats(measure: BONUS) { ...PartMean }
      equity: stats(measure: EQUITY) { ...PartMean }
    }
  }

  fragment PartMean on Stats {
    mean
    meanInterval { low high }
    count
  }
`);

const NOTEWORTHY = 5; // percent of base salary

/** Means, since many get nothing of the one or the other and medians would hide what the rest gets. */
export const parts: Claim = {
  id: "parts",
  sentence: "Bonus and equity add significantly",
  how: `Significantly: more than ${NOTEWORTHY}% of the mean base salary. Those who get none count too.`,
  question: ({ country }) =>
    question(Parts, { where: whereOf(country) }, ({ cohort: { base, bonus, equity } }) => {
      const estimate = (label: string, part: typeof bonus): Estimate[] => {
        if (!base || !part?.meanInterval) return [];
        const percent = (amount: number) => (100 * amount) / base.mean;
        const { low, high } = part.meanInterval;
        return [{ label, at: percent(part.mean), low: percent(low), high: percent(high), records: part.count, claimed: "above" }];
      };
      const estimates = [...estimate("Bonus", bonus), ...estimate("Equity, a year", equity)];
      return { estimates, unit: "percent", against: "base salary alone", line: NOTEWORTHY, reason: estimates.length ? null : "Too few records tell bonus or equity." };
    }),
};
