import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import { IntervalBar } from "../../charts/interval-bar";
import { count, money, shortMoney, signedPercent, words } from "../../components/format";
import { queryLink } from "../../components/query";
import type { OfferInput } from "../../gql/graphql";
import { Benchmark, type BenchmarkFound } from "./benchmark";
import "../../charts/chart.css";

/** The distribution that the offer stands in, with the offer, the median and the median's interval. */
export function RankChart({ found, name, input }: { found: BenchmarkFound; name: string; input: OfferInput }) {
  const { rank, cohort, currency, measure } = found;
  const [spread, market] =
    measure === "BASE_SALARY" ? [cohort.baseSpread, cohort.base] : [cohort.wholeSpread, cohort.whole];
  const draw = useMemo(
    () => drawing(spread?.bins ?? [], rank.amount, market, currency),
    [spread, rank.amount, market, currency],
  );
  if (!spread || !market) return null;
  const outside = spread.below + spread.above;
  return (
    <Chart
      title={`${name} among records like it`}
      name={`offer-${name.toLowerCase().replace(/\W+/g, "-")}`}
      summary={
        `Records by ${measure === "BASE_SALARY" ? "base salary" : "total compensation"} a year: the middle half lies from ` +
        `${money(market.p25, currency)} to ${money(market.p75, currency)}, the median at ${money(market.p50, currency)}. ` +
        `The offer of ${money(rank.amount, currency)} is above ${Math.round(rank.rank)}% of them.`
      }
      rows={spread.bins.map((bin) => ({
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
        <span className="legend-median">Median{market.interval && " and its 95% interval"}</span>
        {outside > 0 && <span>Outside of what is drawn: {count(outside)}</span>}
      </p>
    </Chart>
  );
}

type Market = NonNullable<BenchmarkFound["cohort"]["whole"]>;
type Bins = NonNullable<BenchmarkFound["cohort"]["wholeSpread"]>["bins"];

function drawing(
  bins: Bins,
  amount: number,
  market: Market | null | undefined,
  currency: string,
): React.ComponentProps<typeof Chart>["draw"] {
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

/** What the offer comes to, each figure with what its name means. */
export function Figures({ found }: { found: BenchmarkFound }) {
  const { currency } = found;
  const market = found.measure === "BASE_SALARY" ? found.cohort.base : found.cohort.whole;
  const figures: readonly [name: string, figure: string, meaning: string][] = [
    [
      "Annualised",
      money(found.annualized, currency),
      "A usual year: base salary, target bonus, a quarter of the sign-on bonus, and a year’s part of the grant.",
    ],
    ["First year", money(found.firstYear, currency), "The same with the whole sign-on bonus, which comes once."],
    [
      "Four years",
      money(found.fourYearValue, currency),
      "All that is paid in four years, without raises; of the grant what vests by then.",
    ],
    [
      "Compa-ratio",
      found.compaRatio.toFixed(2),
      `The offer divided by the median of its market${market ? `, ${money(market.p50, currency)}` : ""}: 1 is the middle.`,
    ],
    [
      "Range penetration",
      `${Math.round(100 * found.rangePenetration)}%`.replace("-", "−"),
      `Where it lies in the middle half of its market${market ? `, ${money(market.p25, currency)} to ${money(market.p75, currency)}` : ""}: 0% at its low end, 100% at its high one.`,
    ],
  ];
  return (
    <div className="card">
      <h2>What it comes to</h2>
      <dl className="figures">
        {figures.map(([name, figure, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{figure}</dd>
            <dd className="quiet">{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** What could be asked for, and why. */
export function Advice({ found: { negotiation, rank, currency } }: { found: BenchmarkFound }) {
  const { target, stretch, reasons, typicalUplift } = negotiation;
  const more = (amount: number) =>
    amount > rank.amount
      ? `${signedPercent(100 * (amount / rank.amount - 1))} on the offer`
      : "what is offered already";
  return (
    <div className="card">
      <h2>What to ask for, and why</h2>
      <dl className="figures">
        <div>
          <dt>Target</dt>
          <dd className="figure">{money(target, currency)}</dd>
          <dd className="quiet">{more(target)}</dd>
        </div>
        <div>
          <dt>Stretch</dt>
          <dd className="figure">{money(stretch, currency)}</dd>
          <dd className="quiet">{more(stretch)}</dd>
        </div>
        {typicalUplift && (
          <div>
            <dt>What negotiating adds</dt>
            <dd className="figure">{signedPercent(typicalUplift.p50)}</dd>
            <dd className="quiet">
              to first offers, at the median of {count(typicalUplift.count)} records
              {typicalUplift.interval &&
                ` (95% interval ${signedPercent(typicalUplift.interval.low)} to ${signedPercent(typicalUplift.interval.high)})`}
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

/** Each part of the offer against the same part of others. */
export function Components({ found: { components, currency } }: { found: BenchmarkFound }) {
  return (
    <div className="card">
      <h2>Part by part</h2>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Part, a year</th>
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
                    at={rank.rank}
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
                    <small>{count(rank.count)} records</small>
                  </>
                ) : (
                  <small>Too few records tell it</small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        These never add up or average to the rank of the whole: each part is ranked among other records, in another
        order. The bonus takes in a quarter of the sign-on bonus.
      </p>
    </div>
  );
}

/** How the records that the offer is held against were found: from the most alike on, until there are enough. */
export function Relaxations({ found: { relaxations } }: { found: BenchmarkFound }) {
  return (
    <div className="card">
      <h2>Who it is compared with</h2>
      <p className="quiet">
        {relaxations.length === 1
          ? "Enough records are alike in all that you told."
          : "Too few records are alike in all that you told, so one condition after another was widened or dropped, the least telling first, until there were enough."}
      </p>
      <ol className="relaxations">
        {relaxations.map(({ dropped, sufficient, cohort }, number) => (
          <li key={number} aria-current={number === relaxations.length - 1 || undefined}>
            <strong>{dropped ? `${words(dropped)} dropped or widened` : "All that you told"}</strong>
            <span className="chip">
              {count(cohort.size)} {cohort.size === 1 ? "record" : "records"}
              {sufficient ? ", enough" : ", too few"}
            </span>
            <span className="quiet">{cohort.label}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
