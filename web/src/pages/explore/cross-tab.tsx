import { type ReactNode, useMemo } from "react";
import { Chart, type Draw } from "../../charts/chart";
import { conditionOf, withCondition } from "../../components/conditions";
import { count, countOf } from "../../components/format";
import { queryLink, Result, useLatestResult } from "../../components/query";
import { graphql } from "../../gql";
import type { CrossTabQuery, Factor, FiguresFragment } from "../../gql/graphql";
import { NoGroups } from "./group-controls";
import { factorLabel, type Grouping, groupOrder } from "./grouping";
import { type Center, centerOf, figureRow, MEASURES, roundedFigure, shortFigure } from "./measures";
import type { ViewControl } from "./view";

const CrossTabQueryDocument = graphql(`
  query CrossTab(
    $where: CohortFilter
    $currency: Currency!
    $adjust: Adjustment!
    $measure: Measure!
    $factor: Factor!
    $under: Code
    $across: Factor!
    $rows: GroupOrder!
    $columns: GroupOrder!
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      by(factor: $factor, under: $under, orderBy: $rows, first: 12) {
        value { code label }
        cohort {
          by(factor: $across, orderBy: $columns, first: 8) {
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
  const result = useLatestResult(CrossTabQueryDocument, {
    ...cohort,
    measure: control.measure,
    factor: grouping.by,
    under: grouping.under,
    across: and,
    rows: groupOrder(grouping.by),
    columns: groupOrder(and),
  });
  const { data, variables, fetching } = result;
  const { factor, across, measure, currency } = variables;

  const cells = useMemo(() => {
    const filterLink = (row: string, column: string) => {
      const [first, second] = [conditionOf(factor, row), conditionOf(across, column)];
      return link({
        conditions: withCondition(withCondition(view.conditions, first.field, first), second.field, second),
        by: null,
        under: null,
        and: null,
      });
    };
    return cellsOf(data, filterLink);
  }, [data, factor, across, view, link]);
  const draw = useMemo(() => heatmap(cells, currency), [cells, currency]);

  const names = [factorLabel(factor), factorLabel(across)] as const;
  const shown = cells.filter(({ figures }) => figures);
  const top = shown.toSorted((a, b) => (b.center?.value ?? 0) - (a.center?.value ?? 0))[0];
  return (
    <Chart
      title={`${MEASURES[measure].label} by ${names[0].toLowerCase()} and ${names[1].toLowerCase()}`}
      name={`payrank-by-${factor.toLowerCase()}-and-${across.toLowerCase()}`.replaceAll("_", "-")}
      summary={
        top?.center && top.figures
          ? `A cell for each of ${shown.length} pairs of values; the best paid is ${top.row}, ${top.column}: ${roundedFigure(top.center.value, top.figures.unit, currency)}.`
          : ""
      }
      rows={shown.map(({ row, column, figures }) => ({
        [names[0]]: row,
        [names[1]]: column,
        ...(figures && figureRow(figures)),
      }))}
      height={heatmapHeight(cells)}
      draw={shown.length ? draw : null}
      busy={fetching}
      query={queryLink(CrossTabQueryDocument, variables)}
    >
      {controls}
      <Result of={result} what="pay by two factors">
        {() =>
          shown.length ? (
            <p className="note">
              Medians (means for scores); a stronger colour is higher pay. Select a cell to filter by it. A dot means
              that there are not enough records.
            </p>
          ) : (
            <NoGroups grouping={grouping} {...control} />
          )
        }
      </Result>
    </Chart>
  );
}

function cellsOf(data: CrossTabQuery | undefined, filterLink: (row: string, column: string) => string): Cell[] {
  return (data?.cohort.by ?? []).flatMap(({ value: row, cohort }) =>
    cohort.by.flatMap(({ value: column, cohort: { stats } }): Cell[] =>
      row && column
        ? [
            {
              row: row.label,
              column: column.label,
              figures: stats,
              center: stats && centerOf(stats),
              filterLink: filterLink(row.code, column.code),
            },
          ]
        : [],
    ),
  );
}

/** A pair of values, one of each factor. */
interface Cell {
  row: string;
  column: string;
  /** Null if suppressed. */
  figures: FiguresFragment | null;
  center: Center | null;
  /** The URL of the page filtered by both values. */
  filterLink: string;
}

// Sizes in px
const MIN_COLUMN_WIDTH = 78; // the chart scrolls if there is less room
const ROW_HEIGHT = 40;
const CHARACTER_WIDTH = 7;
const LINE_HEIGHT = 15;

/** The approximate height of the heatmap, to reserve before its width is known. */
function heatmapHeight(cells: readonly Cell[]): number {
  return new Set(cells.map(({ row }) => row)).size * ROW_HEIGHT + 2 * LINE_HEIGHT;
}

type ShownCell = Cell & { figures: FiguresFragment; center: Center };

/** A heatmap: the higher the median of a cell, the stronger its colour. */
function heatmap(cells: readonly Cell[], currency: string): Draw {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  const shown = cells.filter((cell): cell is ShownCell => Boolean(cell.figures));
  const values = shown.map(({ center }) => center.value);
  return (plot, width) => {
    const marginLeft = width < 560 ? 110 : Math.min(220, width * 0.28);
    const unit = shown[0]?.figures.unit ?? "MONEY_PER_YEAR";
    const position = { x: "column", y: "row" };
    const whole = Math.max(width, marginLeft + columns.length * MIN_COLUMN_WIDTH);
    const lineLength = (whole - marginLeft) / columns.length / CHARACTER_WIDTH - 1; // characters in a line of a heading
    const lines = Math.max(...columns.map(({ length }) => Math.ceil(length / lineLength)));
    const marginTop = 10 + LINE_HEIGHT * Math.min(3, lines);
    return {
      width: whole,
      height: rows.length * ROW_HEIGHT + marginTop + 4,
      marginLeft,
      marginTop,
      marginRight: 4,
      marginBottom: 4,
      x: { axis: null, domain: columns, padding: 0.04 },
      y: { axis: null, domain: rows, padding: 0.08 },
      opacity: { domain: [Math.min(...values), Math.max(...values)], range: [0.08, 0.48] },
      marks: [
        plot.text(columns, {
          x: (column: string) => column,
          text: (column: string) => column,
          frameAnchor: "top",
          lineAnchor: "bottom",
          dy: -8,
          lineWidth: lineLength / 2,
          fontSize: 12,
          fill: "var(--quiet)",
        }),
        plot.text(rows, {
          y: (row: string) => row,
          text: (row: string) => row,
          frameAnchor: "left",
          textAnchor: "start",
          dx: -marginLeft,
          fontSize: 13,
          lineWidth: marginLeft / 15,
        }),
        plot.cell(shown, {
          ...position,
          fill: "var(--accent)",
          fillOpacity: ({ center }: ShownCell) => center.value,
          rx: 4,
        }),
        plot.text(shown, {
          ...position,
          text: ({ center }: ShownCell) => shortFigure(center.value, unit, currency),
          dy: -6,
          fontSize: 13,
          fontWeight: 600,
        }),
        plot.text(shown, {
          ...position,
          text: ({ figures }: ShownCell) => count(figures.count),
          dy: 9,
          fontSize: 11,
        }),
        plot.text(
          cells.filter(({ figures }) => !figures),
          { ...position, text: () => "·", fill: "var(--quiet)" },
        ),
        plot.cell(shown, {
          ...position,
          fill: "transparent",
          href: "filterLink",
          ariaLabel: ({ row, column, center, figures }: ShownCell) =>
            `${row}, ${column}: ${roundedFigure(center.value, unit, currency)}, ${countOf(figures.count, "record")}. Filter by both.`,
        }),
      ],
    };
  };
}
