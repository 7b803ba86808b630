import type { Draw } from "../../charts/chart";
import type { FiguresFragment } from "../../gql/graphql";
import { middleOf } from "./figures";
import { briefly, roughly } from "./measures";

interface Label {
  at: number;
  name: string;
  above: boolean;
}

function isMiddle({ name }: Label): boolean {
  return !name.startsWith("P");
}

/** The percentiles on one line: from P10 to P90, the middle half as a box, the middle with its interval. */
export function strip(figures: FiguresFragment, currency: string): Draw {
  const { unit, p10, p25, p75, p90 } = figures;
  const middle = middleOf(figures);
  const [from, to] = [p10 ?? p25, p90 ?? p75];
  const labels: Label[] = [
    { at: from, name: p10 === null ? "P25" : "P10", above: true },
    { at: middle.at, name: unit === "SCORE_1_TO_5" ? "Mean" : "Median", above: true },
    { at: to, name: p90 === null ? "P75" : "P90", above: true },
    ...(p10 === null ? [] : [{ at: p25, name: "P25", above: false }]),
    ...(p90 === null ? [] : [{ at: p75, name: "P75", above: false }]),
  ];
  return (plot, width) => {
    const narrow = width < 560;
    const text = ({ name, at }: Label) => (narrow ? `${name}\n${briefly(at, unit, currency)}` : `${name} ${roughly(at, unit, currency)}`);
    const [margin, away] = narrow ? [42, 26] : [28, 18];
    return {
      height: narrow ? 150 : 124,
      marginTop: margin,
      marginBottom: margin,
      marginLeft: narrow ? 30 : 60,
      marginRight: narrow ? 30 : 60,
      x: { axis: null, domain: from === to ? [from - 1, to + 1] : [from, to] },
      y: { axis: null, domain: [-1, 1] },
      marks: [
        plot.ruleY([0], { stroke: "var(--accent)", strokeWidth: 3, strokeOpacity: 0.45 }), // from P10 to P90 is the whole width
        plot.ruleX([from, to], { y1: -0.3, y2: 0.3, stroke: "var(--accent)", strokeWidth: 3, strokeOpacity: 0.6 }),
        plot.rectX([{ x1: p25, x2: p75 }], { x1: "x1", x2: "x2", y1: -0.6, y2: 0.6, fill: "var(--raised)", rx: 4 }),
        plot.rectX([{ x1: p25, x2: p75 }], { x1: "x1", x2: "x2", y1: -0.6, y2: 0.6, fill: "var(--accent)", fillOpacity: 0.22, rx: 4 }),
        plot.rectX([middle], { x1: "low", x2: "high", y1: -0.6, y2: 0.6, fill: "var(--accent)", fillOpacity: 0.5 }),
        plot.ruleX([middle.at], { y1: -0.85, y2: 0.85, stroke: "var(--accent)", strokeWidth: 4 }),
        plot.text(labels.filter(isMiddle), { x: "at", frameAnchor: "top", dy: -away, text, fontSize: 14, fontWeight: 700 }),
        plot.text(labels.filter((label) => label.above && !isMiddle(label)), { x: "at", frameAnchor: "top", dy: -away, text, fontSize: 13 }),
        plot.text(labels.filter((label) => !label.above), { x: "at", frameAnchor: "bottom", dy: away, text, fontSize: 13 }),
      ],
    };
  };
}
