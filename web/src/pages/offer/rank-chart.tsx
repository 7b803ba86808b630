import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import type { OfferInput } from "../../gql/graphql";
import { count, money, shortMoney } from "../../parts/format";
import { queryLink } from "../../parts/query-link";
import { Benchmark, type BenchmarkFound } from "./benchmark-query";

/** The distribution that the offer stands in, with the offer, the median and the median's interval. */
export function RankChart({ found, name, input }: { found: BenchmarkFound; name: string; input: OfferInput }) {
  const { rank, cohort, currency, measure } = found;
  const [spread, market] = measure === "BASE_SALARY" ? [cohort.baseSpread, cohort.base] : [cohort.wholeSpread, cohort.whole];
  const draw = useMemo(() => drawing(spread?.bins ?? [], rank.amount, market, currency), [spread, rank.amount, market, currency]);
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
      rows={spread.bins.map((bin) => ({ [`From, ${currency}`]: bin.low, [`Below, ${currency}`]: bin.high, Records: bin.count }))}
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

function drawing(bins: Bins, amount: number, market: Market | null | undefined, currency: string): React.ComponentProps<typeof Chart>["draw"] {
  return (plot, width) => ({
    marginTop: 22,
    x: { label: null, tickFormat: (value: number) => shortMoney(value, currency), ticks: Math.max(3, Math.floor(width / 90)) },
    y: { label: "Records", grid: true, ticks: 4 },
    marks: [
      ...(market?.interval ? [plot.rectX([market.interval], { x1: "low", x2: "high", fill: "var(--quiet)", fillOpacity: 0.2 })] : []),
      plot.rectY(bins, { x1: "low", x2: "high", y: "count", inset: 0.5, fill: "var(--accent)", fillOpacity: 0.65 }),
      ...(market ? [plot.ruleX([market.p50], { stroke: "var(--text)", strokeDasharray: "4 3", strokeWidth: 1.5 })] : []),
      plot.ruleX([amount], { stroke: "var(--mark)", strokeWidth: 3 }),
      plot.text([amount], { x: (value: number) => value, frameAnchor: "top", dy: -16, text: (value: number) => shortMoney(value, currency), fill: "var(--mark)", fontWeight: 700 }),
      plot.ruleY([0], { stroke: "var(--quiet)" }),
    ],
  });
}
