import { useMemo } from "react";
import { Chart, type Draw } from "../../charts/chart";
import { IntervalBar } from "../../charts/interval-bar";
import { count, countOf, money, shortMoney, signedPercent, words } from "../../components/format";
import { queryLink } from "../../components/query";
import type { OfferInput } from "../../gql/graphql";
import { Benchmark, type BenchmarkResult } from "./benchmark";
import "../../charts/chart.css";

interface CardProps {
  benchmark: BenchmarkResult;
}

/** The distribution of similar records with the offer, and the median with its interval. */
export function RankChart({ benchmark, name, input }: CardProps & { name: string; input: OfferInput }) {
  const { rank, cohort, currency, measure } = benchmark;
  const [distribution, market] =
    measure === "BASE_SALARY" ? [cohort.baseDistribution, cohort.base] : [cohort.totalDistribution, cohort.total];
  const draw = useMemo(
    () => offerHistogram(distribution?.bins ?? [], rank.amount, market, currency),
    [distribution, rank.amount, market, currency],
  );
  if (!distribution || !market) return null;
  const hidden = distribution.below + distribution.above;
  return (
    <Chart
      title={`${name} among similar records`}
      name={`offer-${name.toLowerCase().replace(/\W+/g, "-")}`}
      summary={
        `Records by ${measure === "BASE_SALARY" ? "base salary" : "total compensation"} per year: the middle half is between ` +
        `${money(market.p25, currency)} and ${money(market.p75, currency)}, the median is ${money(market.p50, currency)}. ` +
        `The offer of ${money(rank.amount, currency)} is above ${Math.round(rank.rank)}% of them.`
      }
      rows={distribution.bins.map((bin) => ({
        [`From, ${currency}`]: bin.low,
        [`Below, ${currency}`]: bin.high,
        Records: bin.count,
      }))}
      height={220}
      draw={draw}
      query={queryLink(Benchmark, { offer: input })}
    >
      <p className="legend">
        <span className="legend-offer">This offer</span>
        <span className="legend-median">Median{market.interval && " with 95% CI"}</span>
        {hidden > 0 && <span>{countOf(hidden, "record")} not shown</span>}
      </p>
    </Chart>
  );
}

type Market = NonNullable<BenchmarkResult["cohort"]["total"]>;
type Bins = NonNullable<BenchmarkResult["cohort"]["totalDistribution"]>["bins"];

function offerHistogram(bins: Bins, amount: number, market: Market | null | undefined, currency: string): Draw {
  return (plot, width) => ({
    marginTop: 22,
    x: {
      label: null,
      tickFormat: (value: number) => shortMoney(value, currency),
      ticks: Math.max(3, Math.floor(width / 90)),
    },
    y: { label: "Records", grid: true, ticks: 4 },
    marks: [
      ...(market?.interval
        ? [plot.rectX([market.interval], { x1: "low", x2: "high", fill: "var(--quiet)", fillOpacity: 0.2 })]
        : []),
      plot.rectY(bins, { x1: "low", x2: "high", y: "count", inset: 0.5, fill: "var(--accent)", fillOpacity: 0.65 }),
      ...(market
        ? [plot.ruleX([market.p50], { stroke: "var(--text)", strokeDasharray: "4 3", strokeWidth: 1.5 })]
        : []),
      plot.ruleX([amount], { stroke: "var(--mark)", strokeWidth: 3 }),
      plot.text([amount], {
        x: (value: number) => value,
        frameAnchor: "top",
        dy: -16,
        text: (value: number) => shortMoney(value, currency),
        fill: "var(--mark)",
        fontWeight: 700,
      }),
      plot.ruleY([0], { stroke: "var(--quiet)" }),
    ],
  });
}

/** The value of the offer in several figures, each with its definition. */
export function Figures({ benchmark }: CardProps) {
  const { currency } = benchmark;
  const market = benchmark.measure === "BASE_SALARY" ? benchmark.cohort.base : benchmark.cohort.total;
  const figures: readonly [name: string, figure: string, definition: string][] = [
    [
      "Annualised",
      money(benchmark.annualized, currency),
      "A typical year: base salary, target bonus, a quarter of the sign-on bonus, and one year’s share of the grant.",
    ],
    ["First year", money(benchmark.firstYear, currency), "The same with the whole sign-on bonus, which is paid once."],
    [
      "Four years",
      money(benchmark.fourYearValue, currency),
      "Total pay of four years without raises, with the part of the grant that vests by then.",
    ],
    [
      "Compa-ratio",
      benchmark.compaRatio.toFixed(2),
      `The offer divided by the market median${market ? `, ${money(market.p50, currency)}` : ""}: 1 is the median.`,
    ],
    [
      "Range penetration",
      `${Math.round(100 * benchmark.rangePenetration)}%`.replace("-", "−"),
      `Its position in the middle half of the market${market ? `, ${money(market.p25, currency)} to ${money(market.p75, currency)}` : ""}: 0% is its low end, 100% its high end.`,
    ],
  ];
  return (
    <div className="card">
      <h2>Value of the offer</h2>
      <dl className="figures">
        {figures.map(([name, figure, definition]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{figure}</dd>
            <dd className="quiet">{definition}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** What to ask for in a negotiation, and why. */
export function Advice({ benchmark: { negotiation, rank, currency } }: CardProps) {
  const { target, stretch, reasons, typicalUplift } = negotiation;
  const increase = (amount: number) =>
    amount > rank.amount ? `${signedPercent(100 * (amount / rank.amount - 1))} on the offer` : "already offered";
  return (
    <div className="card">
      <h2>What to ask for, and why</h2>
      <dl className="figures">
        <div>
          <dt>Target</dt>
          <dd className="figure">{money(target, currency)}</dd>
          <dd className="quiet">{increase(target)}</dd>
        </div>
        <div>
          <dt>Stretch</dt>
          <dd className="figure">{money(stretch, currency)}</dd>
          <dd className="quiet">{increase(stretch)}</dd>
        </div>
        {typicalUplift && (
          <div>
            <dt>Negotiation uplift</dt>
            <dd className="figure">{signedPercent(typicalUplift.p50)}</dd>
            <dd className="quiet">
              median of {countOf(typicalUplift.count, "record")}
              {typicalUplift.interval &&
                ` (95% CI: ${signedPercent(typicalUplift.interval.low)} to ${signedPercent(typicalUplift.interval.high)})`}
            </dd>
          </div>
        )}
      </dl>
      <ul className="reasons">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

/** The percentile rank of each component of the offer. */
export function Components({ benchmark: { components, currency } }: CardProps) {
  return (
    <div className="card">
      <h2>Components</h2>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Component, per year</th>
            <th scope="col">
              <span className="visually-hidden">From 0 to 100%</span>
            </th>
            <th scope="col" className="number">
              Above
            </th>
          </tr>
        </thead>
        <tbody>
          {components.map(({ measure, amount, rank }) => (
            <tr key={measure}>
              <th scope="row">
                {words(measure)}
                <small>{money(amount, currency)}</small>
              </th>
              <td>
                {rank && (
                  <IntervalBar
                    value={rank.rank}
                    low={rank.interval.low}
                    high={rank.interval.high}
                    from={0}
                    to={100}
                    line={50}
                  />
                )}
              </td>
              <td className="number">
                {rank ? (
                  <>
                    {Math.round(rank.rank)}%
                    <small>
                      {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%
                    </small>
                    <small>{countOf(rank.count, "record")}</small>
                  </>
                ) : (
                  <small>Not enough records report it</small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        The ranks of components neither add up nor average to the rank of the total, since each is ranked among
        different records. The bonus includes a quarter of the sign-on bonus.
      </p>
    </div>
  );
}

/** The cohorts that were tried, from the most specific one to the first with enough records. */
export function Relaxations({ benchmark: { relaxations, measure } }: CardProps) {
  return (
    <div className="card">
      <h2>Comparison cohort</h2>
      <p className="quiet">
        {relaxations.length === 1
          ? "Enough records match all your conditions."
          : "Too few records match all your conditions, so conditions were dropped or generalised, the least important first, until enough records matched."}
      </p>
      <ol className="relaxations">
        {relaxations.map(({ dropped, sufficient, cohort }, index) => (
          <li key={index} aria-current={index === relaxations.length - 1 || undefined}>
            <strong>{dropped ? `${words(dropped)} dropped or generalised` : "All conditions"}</strong>
            <span className="chip">
              {reportingText(cohort, measure)}
              {sufficient ? ", enough" : ", too few"}
            </span>
            <span className="quiet">{cohort.label}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

type RelaxationCohort = BenchmarkResult["relaxations"][number]["cohort"];

/** The size of a cohort, and how many of its records report the measure that offers are ranked by. */
function reportingText({ size, measures }: RelaxationCohort, measure: BenchmarkResult["measure"]): string {
  const reporting = measures.find((one) => one.measure === measure)?.records ?? 0;
  if (!measures.length || reporting === size) return countOf(size, "record"); // of a suppressed cohort only the size is known
  return `${count(reporting)} of ${countOf(size, "record")} report ${words(measure).toLowerCase()}`;
}
