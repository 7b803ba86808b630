import type { Draw } from "../../charts/chart";
import type { FiguresFragment } from "../../gql/graphql";
import { count } from "../../parts/format";
import type { Middle } from "./figures";
import { briefly, roughly } from "./measures";

/** A pair of values, one of each factor. */
export interface Cell {
  down: string;
  over: string;
  size: number;
  /** Null where too few records tell it. */
  figures: FiguresFragment | null;
  middle: Middle | null;
  /** Where the page narrows to both. */
  narrow: string;
}

const COLUMN = 78; // the least width of a column; where there is less room, the picture scrolls
const ROW = 40;
const LETTER = 7; // px
const LINE = 15;

/** What to keep free for the cells before the width is known. */
export function cellsHeight(pairs: readonly Cell[]): number {
  return new Set(pairs.map(({ down }) => down)).size * ROW + 2 * LINE;
}

/** A field of cells, the stronger coloured the higher their medians. */
export function cells(pairs: readonly Cell[], currency: string): Draw {
  const downs = [...new Set(pairs.map(({ down }) => down))];
  const overs = [...new Set(pairs.map(({ over }) => over))];
  const told = pairs.filter((pair): pair is Cell & { figures: FiguresFragment; middle: Middle } => Boolean(pair.figures));
  const heights = told.map(({ middle }) => middle.at);
  return (plot, width) => {
    const marginLeft = width < 560 ? 110 : Math.min(220, width * 0.28);
    const unit = told[0]?.figures.unit ?? "MONEY_PER_YEAR";
    const at = { x: "over", y: "down" };
    const whole = Math.max(width, marginLeft + overs.length * COLUMN);
    const letters = (whole - marginLeft) / overs.length / LETTER - 1; // that a heading has room for on a line
    const marginTop = 10 + LINE * Math.min(3, Math.max(...overs.map(({ length }) => Math.ceil(length / letters))));
    return {
      width: whole,
      height: downs.length * ROW + marginTop + 4,
      marginLeft,
      marginTop,
      marginRight: 4,
      marginBottom: 4,
      x: { axis: null, domain: overs, padding: 0.04 },
      y: { axis: null, domain: downs, padding: 0.08 },
      opacity: { domain: [Math.min(...heights), Math.max(...heights)], range: [0.08, 0.48] },
      marks: [
        plot.text(overs, { x: (over: string) => over, text: (over: string) => over, frameAnchor: "top", lineAnchor: "bottom", dy: -8, lineWidth: letters / 2, fontSize: 12, fill: "var(--quiet)" }),
        plot.text(downs, { y: (down: string) => down, text: (down: string) => down, frameAnchor: "left", textAnchor: "start", dx: -marginLeft, fontSize: 13, lineWidth: marginLeft / 15 }),
        plot.cell(told, { ...at, fill: "var(--accent)", fillOpacity: ({ middle }: (typeof told)[number]) => middle.at, rx: 4 }),
        plot.text(told, { ...at, text: ({ middle }: (typeof told)[number]) => briefly(middle.at, unit, currency), dy: -6, fontSize: 13, fontWeight: 600 }),
        plot.text(told, { ...at, text: ({ figures }: (typeof told)[number]) => count(figures.count), dy: 9, fontSize: 11 }),
        plot.text(pairs.filter(({ figures }) => !figures), { ...at, text: () => "·", fill: "var(--quiet)" }),
        plot.cell(told, {
          ...at,
          fill: "transparent",
          href: "narrow",
          ariaLabel: ({ down, over, middle, figures }: (typeof told)[number]) =>
            `${down}, ${over}: ${roughly(middle.at, unit, currency)}, ${count(figures.count)} records. Narrow to both.`,
        }),
      ],
    };
  };
}
