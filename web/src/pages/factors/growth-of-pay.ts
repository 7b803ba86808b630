import { graphql } from "../../gql";
import { question, type Claim } from "./claim";
import { growth, type Estimate } from "./estimate";
import { whereOf } from "./ground";

const Trend = graphql(`
  query GrowthOfPay($where: CohortFilter, $measure: Measure!) {
    cohort(where: $where) {
      trend(interval: YEAR, measure: $measure) {
        period
        adjusted
        adjustedInterval { low high }
        stats { count }
      }
    }
  }
`);

const LATELY = 3; // years

/** At an equal mix of records, so that it moves only when pay does. */
export const growthOfPay: Claim = {
  id: "growth",
  sentence: "Pay keeps rising",
  how: `A year, at an equal mix of records: over all years, and over the last ${LATELY} alone. Nominal, so inflation is in it.`,
  question: ({ country, measure }) =>
    question(Trend, { where: whereOf(country), measure }, ({ cohort }) => {
      const years = cohort.trend.flatMap(({ period, adjusted, adjustedInterval, stats }) =>
        adjusted && adjustedInterval ? [{ period, at: adjusted, ...adjustedInterval, records: stats?.count ?? 0 }] : [],
      );
      const last = years.at(-1);
      const since = (first: (typeof years)[number]): Estimate => ({
        label: `${first.period} to ${last?.period}`,
        records: years.slice(years.indexOf(first)).reduce((sum, { records }) => sum + records, 0),
        claimed: "above",
        ...growth(last ?? first, first, years.length - 1 - years.indexOf(first)),
      });
      const starts = [...new Set([years[0], years.at(-1 - LATELY)])].filter((year) => year !== undefined && year !== last);
      const estimates = starts.flatMap((year) => (year ? [since(year)] : []));
      return { estimates, unit: "percent", against: "the year before", reason: estimates.length ? null : "Too few years are told to tell a trend." };
    }),
};
