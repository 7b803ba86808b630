import type { Draw } from "../../charts/chart";
import { count, figure } from "../../components/format";
import type { Unit } from "../../gql/graphql";
import { briefly } from "./measures";

export interface Bin {
  low: number;
  high: number;
  count: number;
}

/** The room beside the bars; the marker's slider keeps to it. */
export const SIDES = { left: 44, right: 14 } as const;

interface Spread {
  bins: readonly Bin[];
  unit: Unit;
  currency: string;
  middle: number;
  /** An amount to mark. */
  pay: number | null;
}

/** A bar for each bin, with the median and one's own pay as lines. */
export function histogram({ bins, unit, currency, middle, pay }: Spread): Draw {
  return (plot, width) => ({
    marginLeft: SIDES.left,
    marginRight: SIDES.right,
    marginTop: 20,
    x: {
      label: null,
      ticks: unit === "SCORE_1_TO_5" ? 5 : Math.max(3, Math.floor(width / 90)),
      tickFormat: (at: number) => briefly(at, unit, currency),
      domain: [bins[0]?.low ?? 0, bins.at(-1)?.high ?? 1],
    },
    y: { label: null, grid: true, ticks: 4 },
    marks: [
      plot.rectY(bins, { x1: "low", x2: "high", y: "count", inset: 0.5, fill: "var(--accent)", fillOpacity: 0.6 }),
      plot.ruleX([middle], { stroke: "var(--text)", strokeDasharray: "4 3", strokeWidth: 1.5 }),
      ...(pay === null
        ? []
        : [
            plot.ruleX([pay], { stroke: "var(--mark)", strokeWidth: 3, clip: true }),
            plot.text([pay], {
              x: (at: number) => at,
              text: () => "You",
              frameAnchor: "top",
              dy: -14,
              fill: "var(--mark)",
              fontWeight: 700,
              fontSize: 13,
              clip: false,
            }),
          ]),
      plot.ruleY([0], { stroke: "var(--quiet)" }),
      plot.tip(
        bins,
        plot.pointerX({
          x: ({ low, high }: Bin) => (low + high) / 2,
          y: "count",
          title: ({ low, high, count: records }: Bin) =>
            `${figure(low, unit, currency)} to ${figure(high, unit, currency)}\n${count(records)} records`,
          fill: "var(--raised)",
        }),
      ),
    ],
  });
}

/** Scores are whole numbers from 1 to 5: a bar for each, as wide as the distance between them. */
export function scoreBins({ bins, below, above }: { bins: readonly Bin[]; below: number; above: number }): Bin[] {
  const [first, last] = [bins[0]?.low ?? 1, bins.at(-1)?.high ?? 5];
  return [1, 2, 3, 4, 5].map((score) => {
    const within = bins
      .filter(({ low, high }) => low <= score && score < high)
      .reduce((sum, bin) => sum + bin.count, 0);
    // What lies outside of the bins is of one score on either side only where one is left there.
    const outside = (score < first && score + 1 >= first ? below : 0) + (score >= last && score - 1 < last ? above : 0);
    return { low: score - 0.5, high: score + 0.5, count: within + outside };
  });
}
