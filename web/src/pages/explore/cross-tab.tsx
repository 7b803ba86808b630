import { useMemo, type ReactNode } from "react";
import { Chart } from "../../charts/chart";
import { graphql } from "../../gql";
import type { CrossTabQuery, Factor } from "../../gql/graphql";
import { withCondition, conditionOf } from "../../parts/conditions";
import { queryLink } from "../../parts/query-link";
import { Answer, useAnswer } from "./answer";
import { cells, cellsHeight, type Cell } from "./cells";
import { figureRow, middleOf } from "./figures";
import { factorLabel, type Grouping } from "./grouping";
import { MEASURES, roughly } from "./measures";
import { NothingBelow } from "./nothing-below";
import type { ViewControl } from "./use-view";

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
  const answer = useAnswer(CrossTabs, { ...cohort, measure: view.measure, factor: grouping.by, under: grouping.under, across: and });
  const { data, asked, fetching } = answer;
  const { factor, across, measure, currency } = asked;

  const pairs = useMemo(() => {
    const narrow = (down: string, over: string) => {
      const [first, second] = [conditionOf(factor, down), conditionOf(across, over)];
      return link({ conditions: withCondition(withCondition(view.conditions, first.field, first), second.field, second), by: null, under: null, and: null });
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
      rows={told.map(({ down, over, figures }) => ({ [names[0]]: down, [names[1]]: over, ...(figures && figureRow(figures)) }))}
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
              Medians (of scores: means); the stronger its colour, the higher the pay. Choose a cell to narrow to it. A dot stands for too few records.
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
        ? [{ down: down.label, over: over.label, size, figures: stats, middle: stats && middleOf(stats), narrow: narrow(down.code, over.code) }]
        : [],
    ),
  );
}
