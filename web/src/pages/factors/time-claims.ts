import { graphql } from "../../gql";
import { type Claim, type Estimate, growth, question } from "./claim";
import { whereOf } from "./scope";

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
      const starts = [...new Set([years[0], years.at(-1 - LATELY)])].filter(
        (year) => year !== undefined && year !== last,
      );
      const estimates = starts.flatMap((year) => (year ? [since(year)] : []));
      return {
        estimates,
        unit: "percent",
        against: "the year before",
        reason: estimates.length ? null : "Too few years are told to tell a trend.",
      };
    }),
};

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
      if (!outlook || !then || !last || !now)
        return { estimates: [], unit: "percent", against: "", reason: outlook?.reason };
      const { low, high } = then.interval;
      const percent = (amount: number) => 100 * (amount / now - 1);
      const estimate = {
        label: then.period,
        at: percent(then.median),
        low: percent(low),
        high: percent(high),
        records: outlook.records,
      };
      return { estimates: [{ ...estimate, claimed: "above" }], unit: "percent", against: last.period };
    }),
};

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
        return [
          {
            label,
            at: percent(part.mean),
            low: percent(low),
            high: percent(high),
            records: part.count,
            claimed: "above",
          },
        ];
      };
      const estimates = [...estimate("Bonus", bonus), ...estimate("Equity, a year", equity)];
      return {
        estimates,
        unit: "percent",
        against: "base salary alone",
        line: NOTEWORTHY,
        reason: estimates.length ? null : "Too few records tell bonus or equity.",
      };
    }),
};
