import { periodName } from "../../components/format";
import { partialCoverage } from "../../components/measure-coverage";
import { graphql } from "../../gql";
import { type Claim, claimQuery, type Estimate, growth } from "./claim";
import { whereOf } from "./scope";

const PayGrowth = graphql(`
  query PayGrowth($where: CohortFilter, $measure: Measure!) {
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

const RECENT_YEARS = 3;

/** Mix-adjusted, so that it moves only when pay does. */
export const payGrowth: Claim = {
  id: "growth",
  statement: "Pay keeps rising",
  needs: ["year"],
  method: `Mix-adjusted growth per year: over all years, and over the last ${RECENT_YEARS}. Nominal, so it includes inflation.`,
  query: ({ country, measure }) =>
    claimQuery(PayGrowth, { where: whereOf(country), measure }, ({ cohort }) => {
      const years = cohort.trend.flatMap(({ period, adjusted, adjustedInterval, stats }) =>
        adjusted && adjustedInterval
          ? [{ period, value: adjusted, ...adjustedInterval, records: stats?.count ?? 0 }]
          : [],
      );
      const last = years.at(-1);
      const since = (first: (typeof years)[number]): Estimate => ({
        label: `${first.period} to ${last?.period}`,
        records: years.slice(years.indexOf(first)).reduce((sum, { records }) => sum + records, 0),
        predicted: "above",
        ...growth(last ?? first, first, years.length - 1 - years.indexOf(first)),
      });
      const starts = [...new Set([years[0], years.at(-1 - RECENT_YEARS)])];
      const estimates = starts.flatMap((year) => (year && year !== last ? [since(year)] : []));
      return {
        estimates,
        unit: "percent",
        baseline: "the year before",
        reason: estimates.length ? null : "There are not enough years for a trend.",
      };
    }),
};

const FuturePay = graphql(`
  query FuturePay($where: CohortFilter, $measure: Measure!) {
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

/** Compared with the last quarter before the outlook, whose uncertainty the outlook's interval includes. */
export const futurePay: Claim = {
  id: "outlook",
  statement: "Pay will be higher in a year",
  needs: ["pay"],
  method:
    "A mix-adjusted forecast from past quarters. Nominal, so it includes inflation. The page Explore shows how accurate such forecasts were.",
  query: ({ country, measure }) =>
    claimQuery(FuturePay, { where: whereOf(country), measure }, ({ cohort: { outlook, trend } }) => {
      const [first, last] = [outlook?.points[0], outlook?.points.at(-1)];
      const quarter = first && trend.filter(({ start }) => start < first.start).at(-1);
      const now = quarter?.adjusted ?? quarter?.stats?.p50;
      if (!outlook || !last || !quarter || !now) {
        return { estimates: [], unit: "percent", baseline: "", reason: outlook?.reason };
      }
      const percent = (amount: number) => 100 * (amount / now - 1);
      const estimate: Estimate = {
        label: periodName(last.period),
        value: percent(last.median),
        low: percent(last.interval.low),
        high: percent(last.interval.high),
        records: outlook.records,
        predicted: "above",
      };
      return { estimates: [estimate], unit: "percent", baseline: periodName(quarter.period) };
    }),
};

const PayComponents = graphql(`
  query PayComponents($where: CohortFilter) {
    cohort(where: $where) {
      base: stats(measure: BASE_SALARY) { ...ComponentMean }
      bonus: stats(measure: BONUS) { ...ComponentMean }
      equity: stats(measure: EQUITY) { ...ComponentMean }
    }
  }

  fragment ComponentMean on Stats {
    mean
    meanInterval { low high }
    count
    cautions { code message }
  }
`);

const SIGNIFICANT_SHARE = 5; // percent of base salary

/** By means, since the medians of components that many do not get hide what the others get. */
export const bonusAndEquity: Claim = {
  id: "parts",
  statement: "Bonus and equity add significantly",
  needs: ["bonus", "equity"],
  method: `Significantly means more than ${SIGNIFICANT_SHARE}% of the mean base salary. Records without any count as zero.`,
  query: ({ country, gaps }) =>
    claimQuery(PayComponents, { where: whereOf(country) }, ({ cohort: { base, bonus, equity } }) => {
      const estimate = (label: string, component: typeof bonus): Estimate[] => {
        if (!base || !component?.meanInterval) return [];
        const percent = (amount: number) => (100 * amount) / base.mean;
        const { low, high } = component.meanInterval;
        return [
          {
            label,
            value: percent(component.mean),
            low: percent(low),
            high: percent(high),
            records: component.count,
            predicted: "above",
          },
        ];
      };
      const estimates = [...estimate("Bonus", bonus), ...estimate("Equity per year", equity)];
      return {
        estimates,
        unit: "percent",
        baseline: "base salary alone",
        threshold: SIGNIFICANT_SHARE,
        cautions: [base, bonus, equity].flatMap((one) => partialCoverage(one?.cautions ?? [])?.message ?? []),
        missing: [...(bonus ? [] : ["bonus"]), ...(equity ? [] : ["equity"])],
        reason: gaps.bonus ?? gaps.equity ?? (estimates.length ? null : "Not enough records report bonus or equity."),
      };
    }),
};
