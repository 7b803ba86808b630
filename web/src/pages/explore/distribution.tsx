import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import { graphql } from "../../gql";
import type { DistributionQuery } from "../../gql/graphql";
import { count, figure } from "../../parts/format";
import { queryLink } from "../../parts/query-link";
import { Answer, useAnswer } from "./answer";
import { middleOf } from "./figures";
import { histogram, scoreBins, type Bin } from "./histogram";
import { MEASURES } from "./measures";
import { PayMarker } from "./pay-marker";
import type { ViewControl } from "./use-view";

const Distribution = graphql(`
  query Distribution($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      distribution(measure: $measure) {
        unit
        bins { low high count }
        below
        above
      }
      stats(measure: $measure) { ...Figures }
    }
  }
`);

/** How pay is spread, and where one's own lies in it. */
export function DistributionSection(control: ViewControl) {
  const { view, cohort } = control;
  const answer = useAnswer(Distribution, { ...cohort, measure: view.measure });
  const { data, asked, fetching } = answer;
  const { measure, currency } = asked;
  const found = data?.cohort.distribution ?? null;
  const middle = data?.cohort.stats ? middleOf(data.cohort.stats).at : 0;
  const pay = found?.unit === "MONEY_PER_YEAR" && Number(view.pay) > 0 ? Number(view.pay) : null;
  const bins = useMemo(() => found && binsOf(found), [found]);
  const draw = useMemo(() => bins && found && histogram({ bins, unit: found.unit, currency, middle, pay }), [bins, found, currency, middle, pay]);
  if (data && !found) return null;

  const told = (value: number) => (found ? figure(value, found.unit, currency) : "");
  const most = bins?.toSorted((a, b) => b.count - a.count)[0];
  const outside = found && found.unit !== "SCORE_1_TO_5" ? found.below + found.above : 0;
  return (
    <Chart
      title="How it is spread"
      name={`payrank-spread-of-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={most ? `A histogram of ${MEASURES[measure].label.toLowerCase()}; most records, ${count(most.count)}, lie between ${told(most.low)} and ${told(most.high)}.` : ""}
      rows={(bins ?? []).map(({ low, high, count: records }) => ({ From: low, Below: high, Records: records }))}
      height={300}
      draw={draw}
      busy={fetching}
      query={queryLink(Distribution, asked)}
      below={
        bins?.length && found?.unit === "MONEY_PER_YEAR" ? (
          <PayMarker from={bins[0]?.low ?? 0} to={bins.at(-1)?.high ?? 0} middle={middle} {...control} />
        ) : null
      }
    >
      <Answer of={answer} what="the distribution">
        {() => (
          <p className="legend">
            <span className="key key-median">{found?.unit === "SCORE_1_TO_5" ? "mean" : "median"}</span>
            {pay !== null && <span className="key key-pay">your pay</span>}
            {outside > 0 && found && (
              <span>
                {count(outside)} records lie {found.below ? (found.above ? "outside of" : "below") : "above"} what is drawn.
              </span>
            )}
          </p>
        )}
      </Answer>
    </Chart>
  );
}

function binsOf(found: NonNullable<DistributionQuery["cohort"]["distribution"]>): readonly Bin[] {
  return found.unit === "SCORE_1_TO_5" ? scoreBins(found) : found.bins;
}
