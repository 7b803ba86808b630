import type { Draw } from "../../charts/chart";
import { countOf, figure, shortCount } from "../../components/format";
import type { Unit } from "../../gql/graphql";
import { shortFigure } from "./measures";
import { type OfficialWage, officialText } from "./official-wage";

export interface Bin {
  low: number;
  high: number;
  count: number;
}

/** The margins beside the bars in px, shared with the slider below them. */
export const MARGINS = { left: 44, right: 14 } as const;

interface HistogramInput {
  bins: readonly Bin[];
  unit: Unit;
  currency: string;
  center: number;
  /** An amount to mark. */
  pay: number | null;
  /** Official wages to mark. */
  official: OfficialWage | null;
}

/** A bar per bin, with lines for the median, the official median and the reader's pay. */
export function histogram({ bins, unit, currency, center, pay, official }: HistogramInput): Draw {
  const [low, high] = [bins[0]?.low ?? 0, bins.at(-1)?.high ?? 1];
  const marked = official ? [official] : [];
  return (plot, width) => ({
    marginLeft: MARGINS.left,
    marginRight: MARGINS.right,
    marginTop: 20,
    x: {
      label: null,
      ticks: unit === "SCORE_1_TO_5" ? 5 : Math.max(3, Math.floor(width / 90)),
      tickFormat: (at: number) => shortFigure(at, unit, currency),
      domain: [low, high],
    },
    y: { label: null, grid: true, ticks: 4, tickFormat: shortCount },
    marks: [
      plot.rectY(bins, { x1: "low", x2: "high", y: "count", inset: 0.5, fill: "var(--accent)", fillOpacity: 0.6 }),
      plot.ruleX([center], { stroke: "var(--text)", strokeDasharray: "4 3", strokeWidth: 1.5 }),
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
      plot.ruleX(marked, { x: "p50", stroke: "var(--good)", strokeWidth: 3, clip: true, title: officialText }),
      plot.ruleY(
        marked.filter(({ p25, p75 }) => p25 !== null && p75 !== null),
        { x1: "p25", x2: "p75", y: 0, stroke: "var(--good)", strokeWidth: 6, clip: true, title: officialText },
      ),
      plot.text(
        marked.filter(({ p50 }) => low <= p50 && p50 <= high),
        {
          x: "p50",
          text: () => "BLS",
          frameAnchor: "top",
          textAnchor: "start",
          dx: 5,
          dy: 2,
          fill: "var(--good)",
          stroke: "var(--raised)",
          strokeWidth: 4,
          fontWeight: 700,
          fontSize: 13,
        },
      ),
      plot.tip(
        bins,
        plot.pointerX({
          x: ({ low, high }: Bin) => (low + high) / 2,
          y: "count",
          title: ({ low, high, count: records }: Bin) =>
            `${figure(low, unit, currency)} to ${figure(high, unit, currency)}\n${countOf(records, "record")}`,
          fill: "var(--raised)",
        }),
      ),
    ],
  });
}

/** The bins of a score: one for each whole number from 1 to 5. */
export function scoreBins({ bins, below, above }: { bins: readonly Bin[]; below: number; above: number }): Bin[] {
  const [first, last] = [bins[0]?.low ?? 1, bins.at(-1)?.high ?? 5];
  return [1, 2, 3, 4, 5].map((score) => {
    const within = bins
      .filter(({ low, high }) => low <= score && score < high)
      .reduce((sum, bin) => sum + bin.count, 0);
    // Records outside of the bins belong to a score only if it is the one next to them.
    const outside = (score < first && score + 1 >= first ? below : 0) + (score >= last && score - 1 < last ? above : 0);
    return { low: score - 0.5, high: score + 0.5, count: within + outside };
  });
}
