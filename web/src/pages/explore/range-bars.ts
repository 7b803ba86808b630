import type { Draw } from "../../charts/chart";
import { count } from "../../components/format";
import type { FiguresFragment } from "../../gql/graphql";
import { briefly, type Middle, roughly } from "./measures";

export interface Bar {
  label: string;
  figures: FiguresFragment;
  middle: Middle;
  /** Where the page narrows to it. */
  narrow: string;
  /** Where its parts are told; null where it has none. */
  drill: string | null;
}

const ROW = 34;
const STACKED_ROW = 50; // on narrow pictures names stand above their bars
const NARROW = 560;
const AXIS = 28;
const DRILL = 38; // beside the number of records, for the way into a value
const EM = 15; // px of a letter's height, with room for wide fonts

/** What to keep free for the bars before the width is known. */
export function barsHeight(bars: readonly Bar[]): number {
  return bars.length * ROW + AXIS;
}

/** A row for each bar: whiskers from P10 to P90, the middle half as a box, the median with its interval, and its records. */
export function rangeBars(bars: readonly Bar[], currency: string): Draw {
  return (plot, width) => {
    const stacked = width < NARROW;
    const row = stacked ? STACKED_ROW : ROW;
    const unit = bars[0]?.figures.unit ?? "MONEY_PER_YEAR";
    const value = (bar: Bar) => roughly(bar.middle.at, unit, currency);
    const valuesWidth = widest(bars.map(value));
    const countsWidth = widest(bars.map((bar) => count(bar.figures.count)));
    const [marginLeft, marginRight] = stacked
      ? [10, countsWidth + DRILL]
      : [Math.min(230, width * 0.3), 8 + valuesWidth + countsWidth + DRILL];
    const drop = stacked ? 9 : 0; // room for the name above
    const box = { y: "label", insetTop: row / 2 - 8 + drop, insetBottom: row / 2 - 8 - drop };
    const line = { y: "label", dy: drop };
    const records = (bar: Bar) => `${count(bar.figures.count)} records`;
    const whole = { y: "label", insetLeft: -marginLeft, insetRight: -marginRight, fill: "transparent" };
    return {
      height: bars.length * row + AXIS,
      marginLeft,
      marginRight,
      marginTop: 2,
      marginBottom: AXIS - 2,
      x: {
        label: null,
        grid: true,
        domain: spanOf(bars),
        nice: true,
        ticks: unit === "SCORE_1_TO_5" ? 4 : Math.max(2, Math.floor((width - marginLeft - marginRight) / 90)),
        tickFormat: (at: number) => briefly(at, unit, currency),
      },
      y: { axis: null, domain: bars.map(({ label }) => label), padding: 0 },
      marks: [
        plot.ruleY(bars, {
          ...line,
          x1: ({ figures }: Bar) => figures.p10 ?? figures.p25,
          x2: ({ figures }: Bar) => figures.p90 ?? figures.p75,
          stroke: "var(--quiet)",
        }),
        plot.barX(bars, {
          ...box,
          x1: ({ figures }: Bar) => figures.p25,
          x2: ({ figures }: Bar) => figures.p75,
          fill: "var(--accent)",
          fillOpacity: 0.25,
          rx: 3,
        }),
        plot.ruleY(bars, {
          ...line,
          x1: ({ middle }: Bar) => middle.low,
          x2: ({ middle }: Bar) => middle.high,
          stroke: "var(--accent)",
          strokeWidth: 6,
          strokeOpacity: 0.55,
        }),
        plot.dot(bars, {
          ...line,
          x: ({ middle }: Bar) => middle.at,
          r: 5,
          fill: "var(--accent)",
          stroke: "var(--raised)",
          strokeWidth: 1.5,
        }),
        ...(stacked
          ? [
              plot.text(bars, {
                y: "label",
                text: "label",
                frameAnchor: "left",
                dx: -marginLeft,
                dy: -14,
                fontSize: 13,
                lineWidth: (width - valuesWidth) / EM,
                textOverflow: "ellipsis",
              }),
              plot.text(bars, {
                y: "label",
                text: value,
                frameAnchor: "right",
                textAnchor: "end",
                dx: marginRight - 4,
                dy: -14,
                fontSize: 13,
                fontWeight: 600,
              }),
            ]
          : [
              plot.text(bars, {
                y: "label",
                text: "label",
                frameAnchor: "left",
                textAnchor: "start",
                dx: -marginLeft,
                fontSize: 13,
                lineWidth: marginLeft / EM,
              }),
              plot.text(bars, {
                y: "label",
                text: value,
                frameAnchor: "right",
                textAnchor: "start",
                dx: 8,
                fontSize: 13,
                fontWeight: 600,
              }),
            ]),
        plot.text(bars, {
          ...line,
          text: (bar: Bar) => count(bar.figures.count),
          frameAnchor: "right",
          textAnchor: "end",
          dx: marginRight - DRILL + 8,
          fill: "var(--quiet)",
        }),
        plot.barX(bars, {
          ...whole,
          href: "narrow",
          title: "label",
          ariaLabel: (bar: Bar) => `${bar.label}: ${value(bar)}, ${records(bar)}. Narrow to it.`,
        }),
        plot.text(
          bars.filter((bar) => bar.drill),
          {
            y: "label",
            frameAnchor: "right",
            dx: marginRight - 10,
            dy: drop,
            text: () => "›",
            fontSize: 20,
            fill: "var(--accent)",
            href: "drill",
            ariaLabel: (bar: Bar) => `What is in ${bar.label}`,
          },
        ),
      ],
    };
  };
}

/** About how many px the longest of some figures takes. */
function widest(figures: readonly string[]): number {
  return 8.5 * Math.max(0, ...figures.map(({ length }) => length));
}

/** From the lowest whisker to the highest: the bars are ranges, so nothing is held against zero. */
function spanOf(bars: readonly Bar[]): [number, number] {
  const ends = bars.flatMap(({ figures: { p10, p25, p75, p90 }, middle }) => [
    p10 ?? p25,
    p90 ?? p75,
    middle.low,
    middle.high,
  ]);
  return [Math.min(...ends), Math.max(...ends)];
}
