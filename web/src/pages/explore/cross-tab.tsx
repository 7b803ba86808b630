import { type ReactNode, useMemo } from "react";
import { Chart, type Draw } from "../../charts/chart";
import { conditionOf, withCondition } from "../../components/conditions";
import { count } from "../../components/format";
import { Answer, queryLink, useAnswer } from "../../components/query";
import { graphql } from "../../gql";
import type { CrossTabQuery, Factor, FiguresFragment } from "../../gql/graphql";
import { NothingBelow } from "./group-controls";
import { factorLabel, type Grouping } from "./grouping";
import { briefly, figureRow, MEASURES, type Middle, middleOf, roughly } from "./measures";
import type { ViewControl } from "./view";

const CrossTabs = graphql(`
  query CrossTab(
    $where: CohortFilter
    $currency: Currency!
    $adjust: Adjustment!
    $measure: Measure!
    $factor: Factor!
    $under: Code
    $across: Factor!
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      by(factor: $factor, under: $under, first: 12) {
        value { code label }
        cohort {
          by(factor: $across, first: 8) {
            value { code label }
            cohort {
              size
              stats(measure: $measure) { ...Figures }
            }
          }
        }
      }
    }
  }
`);

interface CrossTabProps extends ViewControl {
  grouping: Grouping;
  and: Factor;
  controls: ReactNode;
}

/** Pay by two factors: a cell for each pair of values. */
export default function CrossTab({ grouping, and, controls, ...control }: CrossTabProps) {
  const { view, cohort, link } = control;
  const answer = useAnswer(CrossTabs, {
    ...cohort,
    measure: view.measure,
    factor: grouping.by,
    under: grouping.under,
    across: and,
  });
  const { data, asked, fetching } = answer;
  const { factor, across, measure, currency } = asked;

  const pairs = useMemo(() => {
    const narrow = (down: string, over: string) => {
      const [first, second] = [conditionOf(factor, down), conditionOf(across, over)];
      return link({
        conditions: withCondition(withCondition(view.conditions, first.field, first), second.field, second),
        by: null,
        under: null,
        and: null,
      });
    };
    return pairsOf(data, narrow);
  }, [data, factor, across, view, link]);
  const draw = useMemo(() => cells(pairs, currency), [pairs, currency]);

  const names = [factorLabel(factor), factorLabel(across)] as const;
  const told = pairs.filter(({ figures }) => figures);
  const top = told.toSorted((a, b) => (b.middle?.at ?? 0) - (a.middle?.at ?? 0))[0];
  return (
    <Chart
      title={`${MEASURES[measure].label} by ${names[0].toLowerCase()} and ${names[1].toLowerCase()}`}
      name={`payrank-by-${factor.toLowerCase()}-and-${across.toLowerCase()}`.replaceAll("_", "-")}
      summary={
        top?.middle && top.figures
          ? `A cell for each of ${told.length} pairs of values; the best paid is ${top.down}, ${top.over}: ${roughly(top.middle.at, top.figures.unit, currency)}.`
          : ""
      }
      rows={told.map(({ down, over, figures }) => ({
        [names[0]]: down,
        [names[1]]: over,
        ...(figures && figureRow(figures)),
      }))}
      height={cellsHeight(pairs)}
      draw={told.length ? draw : null}
      busy={fetching}
      query={queryLink(CrossTabs, asked)}
    >
      {controls}
      <Answer of={answer} what="pay by two factors">
        {() =>
          told.length ? (
            <p className="note">
              Medians (of scores: means); the stronger its colour, the higher the pay. Choose a cell to narrow to it. A
              dot stands for too few records.
            </p>
          ) : (
            <NothingBelow grouping={grouping} {...control} />
          )
        }
      </Answer>
    </Chart>
  );
}

function pairsOf(data: CrossTabQuery | undefined, narrow: (down: string, over: string) => string): Cell[] {
  return (data?.cohort.by ?? []).flatMap(({ value: down, cohort }) =>
    cohort.by.flatMap(({ value: over, cohort: { stats, size } }): Cell[] =>
      down && over
        ? [
            {
              down: down.label,
              over: over.label,
              size,
              figures: stats,
              middle: stats && middleOf(stats),
              narrow: narrow(down.code, over.code),
            },
          ]
        : [],
    ),
  );
}

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
  const told = pairs.filter((pair): pair is Cell & { figures: FiguresFragment; middle: Middle } =>
    Boolean(pair.figures),
  );
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
        plot.text(overs, {
          x: (over: string) => over,
          text: (over: string) => over,
          frameAnchor: "top",
          lineAnchor: "bottom",
          dy: -8,
          lineWidth: letters / 2,
          fontSize: 12,
          fill: "var(--quiet)",
        }),
        plot.text(downs, {
          y: (down: string) => down,
          text: (down: string) => down,
          frameAnchor: "left",
          textAnchor: "start",
          dx: -marginLeft,
          fontSize: 13,
          lineWidth: marginLeft / 15,
        }),
        plot.cell(told, {
          ...at,
          fill: "var(--accent)",
          fillOpacity: ({ middle }: (typeof told)[number]) => middle.at,
          rx: 4,
        }),
        plot.text(told, {
          ...at,
          text: ({ middle }: (typeof told)[number]) => briefly(middle.at, unit, currency),
          dy: -6,
          fontSize: 13,
          fontWeight: 600,
        }),
        plot.text(told, {
          ...at,
          text: ({ figures }: (typeof told)[number]) => count(figures.count),
          dy: 9,
          fontSize: 11,
        }),
        plot.text(
          pairs.filter(({ figures }) => !figures),
          { ...at, text: () => "·", fill: "var(--quiet)" },
        ),
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
