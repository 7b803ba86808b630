import { useEffect, useId, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Chart } from "../../charts/chart";
import { count, figure, money } from "../../components/format";
import { Answer, queryLink, useAnswer } from "../../components/query";
import { graphql } from "../../gql";
import type { DistributionQuery } from "../../gql/graphql";
import { type Bin, histogram, SIDES, scoreBins } from "./histogram";
import { MEASURES, middleOf } from "./measures";
import type { ViewControl } from "./view";

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
  const draw = useMemo(
    () => bins && found && histogram({ bins, unit: found.unit, currency, middle, pay }),
    [bins, found, currency, middle, pay],
  );
  if (data && !found) return null;

  const told = (value: number) => (found ? figure(value, found.unit, currency) : "");
  const most = bins?.toSorted((a, b) => b.count - a.count)[0];
  const outside = found && found.unit !== "SCORE_1_TO_5" ? found.below + found.above : 0;
  return (
    <Chart
      title="How it is spread"
      name={`payrank-spread-of-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={
        most
          ? `A histogram of ${MEASURES[measure].label.toLowerCase()}; most records, ${count(most.count)}, lie between ${told(most.low)} and ${told(most.high)}.`
          : ""
      }
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
                {count(outside)} records lie {found.below ? (found.above ? "outside of" : "below") : "above"} what is
                drawn.
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

const Rank = graphql(`
  query Rank($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!, $amount: Float!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      percentileRank(measure: $measure, amount: $amount) {
        amount
        rank
        interval { low high }
        count
      }
    }
  }
`);

const PAUSE = 80; // ms without a change before an amount that is typed or dragged is taken
const BY_POST = { preferGetMethod: false } as const; // so that nobody's pay is in a log of addresses

interface PayMarkerProps extends ViewControl {
  /** What the two ends of the slider stand for. */
  from: number;
  to: number;
  /** Where the slider is as long as nobody has moved it. */
  middle: number;
}

/** One's own pay, as a number or on a slider below the picture, and how many are paid less. */
export function PayMarker({ from, to, middle, view, cohort, change }: PayMarkerProps) {
  const id = useId();
  const [text, setText] = useState(view.pay);
  const [known, setKnown] = useState(view.pay);
  if (known !== view.pay) {
    setKnown(view.pay); // the address has changed, by the back button or by what was typed here
    setText(view.pay);
  }

  useEffect(() => {
    if (text === view.pay) return;
    const timer = setTimeout(() => change({ pay: text }, true), PAUSE);
    return () => clearTimeout(timer);
  }, [text, view.pay, change]);

  const step = stepOf(to - from);
  return (
    <div className="marker">
      <input
        type="range"
        className="marker-slider"
        style={{ marginLeft: SIDES.left - 10, marginRight: SIDES.right - 10 }}
        aria-label={`Your ${MEASURES[view.measure].label.toLowerCase()}`}
        aria-valuetext={money(Number(text) || middle, view.currency)}
        min={from}
        max={to}
        step={step}
        value={Number(text) || middle}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="marker-line">
        <label htmlFor={id}>Your {MEASURES[view.measure].label.toLowerCase()}</label>
        <input
          id={id}
          className="input"
          type="number"
          min={0}
          step="any"
          inputMode="numeric"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={`in ${view.currency}`}
        />
        {text && (
          <button type="button" className="button button-quiet" onClick={() => setText("")}>
            Forget it
          </button>
        )}
      </div>
      <RankWords amount={Number(view.pay)} measure={view.measure} cohort={cohort} />
    </div>
  );
}

/** Where an amount stands, in words. */
function RankWords({
  amount,
  measure,
  cohort,
}: {
  amount: number;
  measure: ViewControl["view"]["measure"];
  cohort: ViewControl["cohort"];
}) {
  const [{ data, operation }] = useQuery({
    query: Rank,
    variables: { ...cohort, measure, amount },
    pause: !(amount > 0),
    context: BY_POST,
  });
  const rank = amount > 0 ? data?.cohort.percentileRank : null;
  const currency = operation?.variables.currency ?? cohort.currency;
  return (
    <p className="marker-rank" role="status">
      {rank ? (
        <>
          {money(rank.amount, currency)} is above <b>{percent(rank.rank)}</b> of {count(rank.count)} records (95%
          interval: {percent(rank.interval.low)} to {percent(rank.interval.high)}).
        </>
      ) : (
        <span className="quiet">
          Move the marker or type an amount to see how many are paid less. It stays in this page's address, so think
          before you share the link.
        </span>
      )}
    </p>
  );
}

/** 54.3%: one digit tells apart what whole numbers do not, at either end. */
function percent(value: number): string {
  return `${value.toFixed(1)}%`;
}

/** A round step that cuts a span into a few hundred. */
function stepOf(span: number): number {
  return 10 ** Math.max(0, Math.floor(Math.log10(span / 200)));
}
