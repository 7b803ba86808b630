import { useMemo } from "react";
import { Chart, type Draw } from "../../charts/chart";
import { count, countOf, words } from "../../components/format";
import { CoverageCaution, partialCoverage } from "../../components/measure-coverage";
import { queryLink } from "../../components/query";
import { graphql } from "../../gql";
import type { FiguresFragment, HeadlineQuery, HeadlineQueryVariables, Measure } from "../../gql/graphql";
import { centerOf, figureRow, MEASURES, roundedFigure, shortFigure } from "./measures";
import { headline, plainText, type Sentence, tails } from "./sentence";

/** The query of the headline: fast and sent first. */
export const Headline = graphql(`
  query Headline($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      label
      size
      employers
      suppressed { code message minimum }
      unavailable(measure: $measure) { message available }
      stats(measure: $measure) {
        ...Figures
        cautions { code message }
        contributed { records contributors year }
      }
    }
  }
`);

type Cohort = HeadlineQuery["cohort"];
type Stats = NonNullable<Cohort["stats"]>;

interface HeadlineProps {
  cohort: Cohort;
  stats: Stats;
  variables: HeadlineQueryVariables;
  /** The measure that was shown before, if another filter has changed it. */
  former: Measure | null;
  busy: boolean;
}

/** What the cohort is paid: a sentence and a chart, with the sample size, confidence and cautions. */
export function HeadlineCard({ cohort, stats, variables, former, busy }: HeadlineProps) {
  const { measure, currency, adjust, where } = variables;
  const first = headline({
    label: cohort.label,
    size: cohort.size,
    hasRole: where?.match?.some(({ factor, any }) => factor === "ROLE" && any?.length) ?? false,
    figures: stats,
    measure,
    currency,
  });
  const second = tails(stats, currency);
  const center = centerOf(stats);
  const draw = useMemo(() => percentileStrip(stats, currency), [stats, currency]);
  const format = (value: number) => roundedFigure(value, stats.unit, currency);
  const label = MEASURES[measure].label;
  return (
    <Chart
      title={`${label}${adjust === "COST_OF_LIVING" ? ", adjusted for the cost of living" : ""}`}
      name={`payrank-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={`${plainText(first)} ${second ? plainText(second) : ""}`}
      rows={[{ Cohort: cohort.label, ...figureRow(stats) }]}
      height={124}
      draw={draw}
      busy={busy}
      query={queryLink(Headline, variables)}
    >
      <p className="headline" aria-live="polite">
        <SentenceText sentence={first} />
      </p>
      {former && former !== measure && (
        <p>
          {label} instead of {MEASURES[former].label.toLowerCase()}: the measure that most of these records report.
        </p>
      )}
      <CoverageCaution cautions={stats.cautions} />
      <p className="quiet">
        {second && <SentenceText sentence={second} />}
        {center.hasInterval &&
          ` 95% CI of the ${stats.unit === "SCORE_1_TO_5" ? "mean" : "median"}: ${format(center.low)} to ${format(center.high)}.`}
      </p>
      <ul className="evidence">
        <li className="chip">
          {stats.count === cohort.size
            ? `${countOf(cohort.size, "record")}`
            : `${count(stats.count)} of ${countOf(cohort.size, "record")} report it`}
        </li>
        {cohort.employers > 0 && (
          <li className="chip">
            {countOf(cohort.employers, "known employer")}
            {stats.count < cohort.size && " in the cohort"}
          </li>
        )}
        <li className="chip">{words(stats.confidence)} confidence</li>
        {stats.contributed && <li className="chip">{contributedText(stats.contributed)}</li>}
        {stats.cautions
          .filter((caution) => caution !== partialCoverage(stats.cautions))
          .map(({ code, message }) => (
            <li key={code} className="chip chip-warn">
              {message}
            </li>
          ))}
      </ul>
    </Chart>
  );
}

/** How many contributed records a figure rests on, and about how many contributors there were. */
function contributedText({ records, contributors, year }: NonNullable<Stats["contributed"]>): string {
  const text = `${count(records)} contributed ${records === 1 ? "record" : "records"}`;
  return contributors === null ? text : `${text} · about ${count(contributors)} contributors in ${year}`;
}

function SentenceText({ sentence: { parts } }: { sentence: Sentence }) {
  return parts.map((part, number) => (number % 2 ? <b key={number}>{part}</b> : part));
}

interface Label {
  at: number;
  name: string;
  above: boolean;
}

/** The percentiles on one line: from P10 to P90, the middle half as a box, the median with its interval. */
function percentileStrip(figures: FiguresFragment, currency: string): Draw {
  const { unit, p10, p25, p75, p90 } = figures;
  const center = centerOf(figures);
  const [from, to] = [p10 ?? p25, p90 ?? p75];
  const labels: Label[] = [
    { at: from, name: p10 === null ? "P25" : "P10", above: true },
    { at: center.value, name: unit === "SCORE_1_TO_5" ? "Mean" : "Median", above: true },
    { at: to, name: p90 === null ? "P75" : "P90", above: true },
    ...(p10 === null ? [] : [{ at: p25, name: "P25", above: false }]),
    ...(p90 === null ? [] : [{ at: p75, name: "P75", above: false }]),
  ];
  return (plot, width) => {
    const narrow = width < 560;
    const text = ({ name, at }: Label) =>
      narrow ? `${name}\n${shortFigure(at, unit, currency)}` : `${name} ${roundedFigure(at, unit, currency)}`;
    const [margin, offset] = narrow ? [42, 26] : [28, 18];
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
        plot.rectX([center], { x1: "low", x2: "high", y1: -0.6, y2: 0.6, fill: "var(--accent)", fillOpacity: 0.5 }),
        plot.ruleX([center.value], { y1: -0.85, y2: 0.85, stroke: "var(--accent)", strokeWidth: 4 }),
        plot.text(labels.filter(isCenter), {
          x: "at",
          frameAnchor: "top",
          dy: -offset,
          text,
          fontSize: 14,
          fontWeight: 700,
        }),
        plot.text(
          labels.filter((label) => label.above && !isCenter(label)),
          { x: "at", frameAnchor: "top", dy: -offset, text, fontSize: 13 },
        ),
        plot.text(
          labels.filter((label) => !label.above),
          { x: "at", frameAnchor: "bottom", dy: offset, text, fontSize: 13 },
        ),
      ],
    };
  };
}

function isCenter({ name }: Label): boolean {
  return !name.startsWith("P");
}
