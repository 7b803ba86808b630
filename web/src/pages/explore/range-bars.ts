import type { Draw } from "../../charts/chart";
import { count, countOf, money } from "../../components/format";
import type { FiguresFragment } from "../../gql/graphql";
import { type Center, roundedFigure, shortFigure } from "./measures";
import { type OfficialWage, officialText } from "./official-wage";

export interface Bar {
  label: string;
  figures: FiguresFragment;
  center: Center;
  /** The URL of the page filtered by the value. */
  filterLink: string;
  /** The URL of the page grouped by the children of the value; null if it has none. */
  childrenLink: string | null;
  /** Official wages to mark. */
  official: OfficialWage | null;
}

// Sizes in px
const ROW = 34;
const STACKED_ROW = 50; // in narrow charts labels are above their bars
const NARROW = 560;
const AXIS = 28;
const CHILDREN_LINK = 38;
const EM = 15;

/** The approximate height of the bars, to reserve before their width is known. */
export function barsHeight(bars: readonly Bar[]): number {
  return bars.length * ROW + AXIS;
}

/** A row per value: whiskers from P10 to P90, the middle half as a box, the median with its interval, and the record count. */
export function rangeBars(bars: readonly Bar[], currency: string): Draw {
  return (plot, width) => {
    const stacked = width < NARROW;
    const row = stacked ? STACKED_ROW : ROW;
    const unit = bars[0]?.figures.unit ?? "MONEY_PER_YEAR";
    const value = (bar: Bar) => roundedFigure(bar.center.value, unit, currency);
    const valuesWidth = widest(bars.map(value));
    const countsWidth = widest(bars.map((bar) => count(bar.figures.count)));
    const [marginLeft, marginRight] = stacked
      ? [10, countsWidth + CHILDREN_LINK]
      : [Math.min(230, width * 0.3), 8 + valuesWidth + countsWidth + CHILDREN_LINK];
    const drop = stacked ? 9 : 0; // room for the label above
    const box = { y: "label", insetTop: row / 2 - 8 + drop, insetBottom: row / 2 - 8 - drop };
    const line = { y: "label", dy: drop };
    const records = (bar: Bar) => `${countOf(bar.figures.count, "record")}`;
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
        domain: domainOf(bars),
        nice: true,
        ticks: unit === "SCORE_1_TO_5" ? 4 : Math.max(2, Math.floor((width - marginLeft - marginRight) / 90)),
        tickFormat: (at: number) => shortFigure(at, unit, currency),
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
          x1: ({ center }: Bar) => center.low,
          x2: ({ center }: Bar) => center.high,
          stroke: "var(--accent)",
          strokeWidth: 6,
          strokeOpacity: 0.55,
        }),
        plot.dot(bars, {
          ...line,
          x: ({ center }: Bar) => center.value,
          r: 5,
          fill: "var(--accent)",
          stroke: "var(--raised)",
          strokeWidth: 1.5,
        }),
        plot.tickX(
          bars.flatMap(({ label, official }) => (official ? [{ label, ...official }] : [])),
          { ...box, x: "p50", stroke: "var(--good)", strokeWidth: 3, title: officialText },
        ),
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
          dx: marginRight - CHILDREN_LINK + 8,
          fill: "var(--quiet)",
        }),
        plot.barX(bars, {
          ...whole,
          href: "filterLink",
          title: "label",
          ariaLabel: (bar: Bar) => `${bar.label}: ${value(bar)}, ${records(bar)}${officialMedian(bar)}. Filter by it.`,
        }),
        plot.text(
          bars.filter((bar) => bar.childrenLink),
          {
            y: "label",
            frameAnchor: "right",
            dx: marginRight - 10,
            dy: drop,
            text: () => "›",
            fontSize: 20,
            fill: "var(--accent)",
            href: "childrenLink",
            ariaLabel: (bar: Bar) => `Show values in ${bar.label}`,
          },
        ),
      ],
    };
  };
}

function officialMedian({ official }: Bar): string {
  return official ? `; BLS: ${money(official.p50, official.currency)}` : "";
}

/** The approximate width of the longest of some figures, in px. */
function widest(figures: readonly string[]): number {
  return 8.5 * Math.max(0, ...figures.map(({ length }) => length));
}

/** From the lowest whisker to the highest; ranges need no zero. */
function domainOf(bars: readonly Bar[]): [number, number] {
  const ends = bars.flatMap(({ figures: { p10, p25, p75, p90 }, center, official }) => [
    ...(official ? [official.p50] : []),
    p10 ?? p25,
    p90 ?? p75,
    center.low,
    center.high,
  ]);
  return [Math.min(...ends), Math.max(...ends)];
}
