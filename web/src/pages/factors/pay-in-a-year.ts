import { graphql } from "../../gql";
import { question, type Claim } from "./claim";
import { whereOf } from "./ground";

const PayInAYear = graphql(`
  query PayInAYear($where: CohortFilter, $measure: Measure!) {
    cohort(where: $where) {
      outlook(measure: $measure, quarters: 4) {
        points { period start median interval { low high } }
        reason
        records
      }
      trend(interval: QUARTER, measure: $measure) {
        period
        start
        adjusted
        stats { p50 }
      }
    }
  }
`);

/** The outlook goes on from the level that the last quarter tells, and its interval holds the doubt about that too. */
export const payInAYear: Claim = {
  id: "outlook",
  sentence: "Pay will be higher in a year",
  how: "What quarters so far make likely, at an equal mix of records. Nominal, so inflation is in it. Explore tells how wrong such outlooks were.",
  question: ({ country, measure }) =>
    question(PayInAYear, { where: whereOf(country), measure }, ({ cohort: { outlook, trend } }) => {
      const [next, then] = [outlook?.points[0], outlook?.points.at(-1)];
      const last = next && trend.filter(({ start }) => start < next.start).at(-1);
      const now = last?.adjusted ?? last?.stats?.p50;
      if (!outlook || !then || !last || !now) return { estimates: [], unit: "percent", against: "", reason: outlook?.reason };
      const { low, high } = then.interval;
      const percent = (amount: number) => 100 * (amount / now - 1);
      const estimate = { label: then.period, at: percent(then.median), low: percent(low), high: percent(high), records: outlook.records };
      return { estimates: [{ ...estimate, claimed: "above" }], unit: "percent", against: last.period };
    }),
};
