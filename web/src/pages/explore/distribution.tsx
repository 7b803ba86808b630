import { useEffect, useId, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Chart } from "../../charts/chart";
import { markProblem, parseAmount, readAs } from "../../components/amount";
import { count, countOf, figure, money } from "../../components/format";
import { queryLink, Result, useLatestResult } from "../../components/query";
import { graphql } from "../../gql";
import type { DistributionQuery } from "../../gql/graphql";
import { type Bin, histogram, MARGINS, scoreBins } from "./histogram";
import { centerOf, MEASURES, shortFigure } from "./measures";
import { NoOfficialWage, OfficialLine, officialText, officialWage } from "./official-wage";
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
      officialWages { ...OfficialFigures }
      officialWagesUnavailable { message }
    }
  }
`);

/** The distribution of pay, and the reader's own pay in it. */
export function DistributionSection(control: ViewControl) {
  const { view, cohort } = control;
  const result = useLatestResult(Distribution, { ...cohort, measure: control.measure });
  const { data, variables, fetching } = result;
  const { measure, currency } = variables;
  const distribution = data?.cohort.distribution ?? null;
  const center = data?.cohort.stats ? centerOf(data.cohort.stats).value : 0;
  const typed = parseAmount(view.pay);
  const pay = distribution?.unit === "MONEY_PER_YEAR" && typed > 0 ? typed : null;
  const bins = useMemo(() => distribution && binsOf(distribution), [distribution]);
  const official = useMemo(() => officialWage(data?.cohort.officialWages ?? [], measure), [data, measure]);
  const draw = useMemo(
    () => bins && distribution && histogram({ bins, unit: distribution.unit, currency, center, pay, official }),
    [bins, distribution, currency, center, pay, official],
  );
  if (data && !distribution) return null;

  const format = (value: number) => (distribution ? figure(value, distribution.unit, currency) : "");
  const fullest = bins?.toSorted((a, b) => b.count - a.count)[0];
  return (
    <Chart
      title="Distribution"
      name={`payrank-distribution-of-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={
        fullest
          ? `A histogram of ${MEASURES[measure].label.toLowerCase()}; the most records, ${count(fullest.count)}, are between ${format(fullest.low)} and ${format(fullest.high)}.${official ? ` BLS: ${officialText(official)}.` : ""}`
          : ""
      }
      rows={(bins ?? []).map(({ low, high, count: records }) => ({ From: low, Below: high, Records: records }))}
      height={300}
      draw={draw}
      busy={fetching}
      query={queryLink(Distribution, variables)}
      below={
        bins?.length && distribution?.unit === "MONEY_PER_YEAR" ? (
          <PayMarker from={bins[0]?.low ?? 0} to={bins.at(-1)?.high ?? 0} center={center} {...control} />
        ) : null
      }
    >
      <Result of={result} what="the distribution">
        {() => (
          <>
            <p className="legend">
              <span className="key key-median">{distribution?.unit === "SCORE_1_TO_5" ? "mean" : "median"}</span>
              {official && <span className="key key-official">BLS: median, and the middle half below</span>}
              {pay !== null && <span className="key key-pay">your pay</span>}
              {distribution && <span>{hiddenText(distribution, currency)}</span>}
            </p>
            {official && <OfficialLine wage={official} />}
            <NoOfficialWage reason={data?.cohort.officialWagesUnavailable?.message} measure={measure} />
          </>
        )}
      </Result>
    </Chart>
  );
}

type FoundDistribution = NonNullable<DistributionQuery["cohort"]["distribution"]>;

function binsOf(distribution: FoundDistribution): readonly Bin[] {
  return distribution.unit === "SCORE_1_TO_5" ? scoreBins(distribution) : distribution.bins;
}

/** “491 records above $420K not shown”: the records outside of the bins, except of scores, which are all shown. */
function hiddenText({ unit, bins, below, above }: FoundDistribution, currency: string): string {
  if (unit === "SCORE_1_TO_5" || !(below || above)) return "";
  const ends = [
    ...(below ? [`${countOf(below, "record")} below ${shortFigure(bins[0]?.low ?? 0, unit, currency)}`] : []),
    ...(above ? [`${countOf(above, "record")} above ${shortFigure(bins.at(-1)?.high ?? 0, unit, currency)}`] : []),
  ];
  return `${ends.join(" and ")} not shown`;
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

const TYPING_DELAY = 80; // ms without a change before a typed or dragged amount applies
const BY_POST = { preferGetMethod: false } as const; // to keep amounts out of access logs

interface PayMarkerProps extends ViewControl {
  /** The amounts at the two ends of the slider. */
  from: number;
  to: number;
  /** The slider's initial amount. */
  center: number;
}

/** The reader's pay, as a number or on a slider below the chart, and its percentile rank. */
function PayMarker({ from, to, center, view, measure, cohort, change }: PayMarkerProps) {
  const id = useId();
  const [text, setText] = useState(view.pay);
  const [applied, setApplied] = useState(view.pay);
  if (applied !== view.pay) {
    setApplied(view.pay); // the URL has changed, by the back button or by what was typed here
    setText(view.pay);
  }

  useEffect(() => {
    if (text === view.pay) return;
    const timer = setTimeout(() => change({ pay: text }, true), TYPING_DELAY);
    return () => clearTimeout(timer);
  }, [text, view.pay, change]);

  const step = stepOf(to - from);
  const shown = parseAmount(text) || center;
  const problem = payProblem(text, view.currency);
  return (
    <div className="marker">
      <input
        type="range"
        className="marker-slider"
        style={{ marginLeft: MARGINS.left - 10, marginRight: MARGINS.right - 10 }}
        aria-label={`Your ${MEASURES[measure].label.toLowerCase()}`}
        aria-valuetext={money(shown, view.currency)}
        min={from}
        max={to}
        step={step}
        value={shown}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="marker-line">
        <label htmlFor={id}>Your {MEASURES[measure].label.toLowerCase()}</label>
        <input
          id={id}
          className="input"
          inputMode="decimal"
          autoComplete="off"
          aria-invalid={Boolean(problem)}
          aria-describedby={`${id}-read`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={`in ${view.currency}`}
        />
        {text && (
          <button type="button" className="button button-quiet" onClick={() => setText("")}>
            Clear
          </button>
        )}
      </div>
      <p id={`${id}-read`} className={problem ? "field-error" : "field-hint"}>
        {problem || readAs(text, view.currency)}
      </p>
      <RankText amount={problem ? 0 : parseAmount(view.pay)} measure={measure} cohort={cohort} />
    </div>
  );
}

/** What is wrong with the reader's pay, and how to correct it; "" if nothing is. */
function payProblem(text: string, currency: string): string {
  if (!text.trim()) return "";
  return parseAmount(text) > 0 ? markProblem(text, currency) : "Enter an amount such as 95,000 or 95k.";
}

/** The percentile rank of an amount in words. */
function RankText({
  amount,
  measure,
  cohort,
}: {
  amount: number;
  measure: ViewControl["measure"];
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
          {money(rank.amount, currency)} is above <b>{percent(rank.rank)}</b> of {countOf(rank.count, "record")} (95%
          CI: {percent(rank.interval.low)} to {percent(rank.interval.high)}).
        </>
      ) : (
        <span className="quiet">
          Move the slider or enter an amount to see how many records it is above. The amount becomes part of this page's
          URL, after the # that browsers do not send: anybody with the link can see it.
        </span>
      )}
    </p>
  );
}

/** 54.3%: with a decimal, since whole numbers hide differences near both ends. */
function percent(value: number): string {
  return `${value.toFixed(1)}%`;
}

/** A power of ten that divides a range into a few hundred steps. */
function stepOf(range: number): number {
  return 10 ** Math.max(0, Math.floor(Math.log10(range / 200)));
}
