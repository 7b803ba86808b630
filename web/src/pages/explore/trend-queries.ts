import { graphql } from "../../gql";

/** Medians as they are told: quick, so they never wait for what is fitted. */
export const Trend = graphql(`
  query Trend($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $interval: Interval!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      trend(measure: $measure, interval: $interval) {
        period
        start
        change
        stats { unit count p50 interval { low high } mean meanInterval { low high } }
      }
    }
  }
`);

/** Pay at an equal mix of records, by a regression. */
export const AdjustedTrend = graphql(`
  query AdjustedTrend($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $interval: Interval!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      trend(measure: $measure, interval: $interval) {
        period
        start
        adjusted
        adjustedInterval { low high }
        adjustedChange
      }
    }
  }
`);

/** The next quarters, by a model of the last ones. */
export const Outlook = graphql(`
  query Outlook($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      outlook(measure: $measure) {
        points { period start median interval { low high } }
        reason
        method
        backtestError
        naiveError
        records
        quartersUsed
      }
    }
  }
`);
