import { useMemo } from "react";
import { Chart, type Draw } from "../../charts/chart";
import { count, words } from "../../components/format";
import { queryLink } from "../../components/query";
import { graphql } from "../../gql";
import type { FiguresFragment, HeadlineQuery, HeadlineQueryVariables } from "../../gql/graphql";
import { briefly, figureRow, MEASURES, middleOf, roughly } from "./measures";
import { ends, headline, plain, type Sentence } from "./sentence";

/** What the page is about; quick, so everything else waits for nothing but this. */
export const Headline = graphql(`
  query Headline($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      label
      size
      employers
      suppressed { code message minimum }
      stats(measure: $measure) {
        ...Figures
        cautions { code message }
      }
    }
  }
`);

type Found = HeadlineQuery["cohort"];

interface HeadlineProps {
  found: Found;
  stats: NonNullable<Found["stats"]>;
  asked: HeadlineQueryVariables;
  busy: boolean;
}

/** What the cohort is paid: a sentence and one picture, with what they rest on. */
export function HeadlinePicture({ found, stats, asked, busy }: HeadlineProps) {
  const { measure, currency, adjust, where } = asked;
  const first = headline({
    label: found.label,
    ofRole: Boolean(where?.role?.length),
    figures: stats,
    measure,
    currency,
  });
  const second = ends(stats, currency);
  const middle = middleOf(stats);
  const draw = useMemo(() => strip(stats, currency), [stats, currency]);
  const told = (value: number) => roughly(value, stats.unit, currency);
  return (
    <Chart
      title={`${MEASURES[measure].label}${adjust === "COST_OF_LIVING" ? ", adjusted for the cost of living" : ""}`}
      name={`payrank-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={`${plain(first)} ${second ? plain(second) : ""}`}
      rows={[{ Cohort: found.label, ...figureRow(stats) }]}
      height={124}
      draw={draw}
      busy={busy}
      query={queryLink(Headline, asked)}
    >
      <p className="headline" aria-live="polite">
        <Emphasised sentence={first} />
      </p>
      <p className="quiet">
        {second && <Emphasised sentence={second} />}
        {middle.sure &&
          ` With 95% confidence the ${stats.unit === "SCORE_1_TO_5" ? "mean" : "median"} of all such jobs lies between ${told(middle.low)} and ${told(middle.high)}.`}
      </p>
      <ul className="grounds">
        <li className="chip">
          {stats.count === found.size
            ? `${count(found.size)} records`
            : `${count(stats.count)} of ${count(found.size)} records tell this`}
        </li>
        {found.employers > 0 && <li className="chip">{count(found.employers)} known employers</li>}
        <li className="chip">{words(stats.confidence)} confidence</li>
        {stats.cautions.map(({ code, message }) => (
          <li key={code} className="chip chip-warn">
            {message}
          </li>
        ))}
      </ul>
    </Chart>
  );
}

function Emphasised({ sentence: { parts } }: { sentence: Sentence }) {
  return parts.map((part, number) => (number % 2 ? <b key={number}>{part}</b> : part));
}

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
    const text = ({ name, at }: Label) =>
      narrow ? `${name}\n${briefly(at, unit, currency)}` : `${name} ${roughly(at, unit, currency)}`;
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
        plot.rectX([{ x1: p25, x2: p75 }], {
          x1: "x1",
          x2: "x2",
          y1: -0.6,
          y2: 0.6,
          fill: "var(--accent)",
          fillOpacity: 0.22,
          rx: 4,
        }),
        plot.rectX([middle], { x1: "low", x2: "high", y1: -0.6, y2: 0.6, fill: "var(--accent)", fillOpacity: 0.5 }),
        plot.ruleX([middle.at], { y1: -0.85, y2: 0.85, stroke: "var(--accent)", strokeWidth: 4 }),
        plot.text(labels.filter(isMiddle), {
          x: "at",
          frameAnchor: "top",
          dy: -away,
          text,
          fontSize: 14,
          fontWeight: 700,
        }),
        plot.text(
          labels.filter((label) => label.above && !isMiddle(label)),
          { x: "at", frameAnchor: "top", dy: -away, text, fontSize: 13 },
        ),
        plot.text(
          labels.filter((label) => !label.above),
          { x: "at", frameAnchor: "bottom", dy: away, text, fontSize: 13 },
        ),
      ],
    };
  };
}
