import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { Chart } from "../../charts/chart";
import { count } from "../../components/format";
import { Answer, Loading, queryLink, useAnswer } from "../../components/query";
import { graphql } from "../../gql";
import type { ByFactorQuery, Factor } from "../../gql/graphql";
import { ByControls, NothingBelow } from "./group-controls";
import { factorLabel, type Grouping, groupingOf, narrowed } from "./grouping";
import { figureRow, MEASURES, middleOf, roughly } from "./measures";
import { type Bar, barsHeight, rangeBars } from "./range-bars";
import type { ViewControl } from "./view";

const CrossTab = lazy(() => import("./cross-tab"));

/** Pay by one factor, or by two. */
export function BySection(control: ViewControl) {
  const grouping = groupingOf(control.view);
  const and = control.view.and === grouping.by ? null : control.view.and;
  const controls = <ByControls {...control} grouping={grouping} />;
  return and ? (
    <Suspense fallback={<Loading what="pay by two factors" tall />}>
      <CrossTab {...control} grouping={grouping} and={and} controls={controls} />
    </Suspense>
  ) : (
    <ByFactorChart {...control} grouping={grouping} controls={controls} />
  );
}

const ByFactor = graphql(`
  query ByFactor(
    $where: CohortFilter
    $currency: Currency!
    $adjust: Adjustment!
    $measure: Measure!
    $factor: Factor!
    $under: Code
    $first: Int!
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      by(factor: $factor, under: $under, first: $first) {
        value { code label children { code } }
        cohort {
          size
          stats(measure: $measure) { ...Figures }
        }
      }
    }
  }
`);

type Group = ByFactorQuery["cohort"]["by"][number];

const FEW = 15;
const MANY = 100;

/** Pay by a factor: a bar for each of its most common values, the best paid first. A click narrows the page to one. */
export function ByFactorChart({
  grouping,
  controls,
  ...control
}: ViewControl & { grouping: Grouping; controls: ReactNode }) {
  const { view, cohort, link } = control;
  const [first, setFirst] = useState(FEW);
  const answer = useAnswer(ByFactor, {
    ...cohort,
    measure: view.measure,
    factor: grouping.by,
    under: grouping.under,
    first,
  });
  const { data, asked, fetching } = answer;
  const { factor, measure, currency } = asked;
  const groups = data?.cohort.by;

  const bars = useMemo(() => {
    return barsOf(groups ?? [], ({ code, children }) => ({
      narrow: link(narrowed(view, factor, code, children.length > 0)),
      drill: children.length ? link({ by: factor, under: code }) : null,
    }));
  }, [groups, factor, view, link]);
  const draw = useMemo(() => rangeBars(bars, currency), [bars, currency]);

  const name = factorLabel(factor);
  const [top] = bars;
  const more = groups && (first === MANY || groups.filter(({ value }) => value).length === FEW) && (
    <button type="button" className="button button-quiet by-more" onClick={() => setFirst(first === FEW ? MANY : FEW)}>
      {first === FEW ? "Show more values" : "Show the most common ones only"}
    </button>
  );
  return (
    <Chart
      title={`${MEASURES[measure].label} by ${name.toLowerCase()}`}
      name={`payrank-by-${factor.toLowerCase().replaceAll("_", "-")}`}
      summary={
        top
          ? `A bar for each of ${bars.length} values, the best paid first: ${top.label}, ${roughly(top.middle.at, top.figures.unit, currency)}.`
          : ""
      }
      rows={bars.map(({ label, figures }) => ({ [name]: label, ...figureRow(figures) }))}
      height={barsHeight(bars)}
      draw={top ? draw : null}
      busy={fetching}
      query={queryLink(ByFactor, asked)}
      below={more}
    >
      {controls}
      <Answer of={answer} what="pay by factor">
        {() => (
          <>
            {top && <Legend drills={bars.some((bar) => bar.drill)} mean={top.figures.unit === "SCORE_1_TO_5"} />}
            {!groups?.length && <NothingBelow grouping={grouping} {...control} />}
            <Untold groups={groups ?? []} factor={factor} />
          </>
        )}
      </Answer>
    </Chart>
  );
}

function Legend({ drills, mean }: { drills: boolean; mean: boolean }) {
  return (
    <p className="legend">
      <span className="key key-whisker">P10 to P90</span>
      <span className="key key-box">the middle half</span>
      <span className="key key-dot">{mean ? "mean" : "median"} and its 95% interval</span>
      <span>
        Choose a bar to narrow to it
        {drills && ", or › to see what is in it"}.
      </span>
    </p>
  );
}

/** The values that nothing can be told of, and the records that do not tell the factor. */
function Untold({ groups, factor }: { groups: readonly Group[]; factor: Factor }) {
  const few = groups.flatMap(({ value, cohort }) => (value && !cohort.stats ? [value.label] : []));
  const silent = groups.find(({ value }) => !value)?.cohort.size ?? 0;
  if (!few.length && !silent) return null;
  return (
    <p className="note">
      {few.length > 0 &&
        `Too few records to tell: ${few.slice(0, 8).join(", ")}${few.length > 8 ? ` and ${few.length - 8} more` : ""}. `}
      {silent > 0 && `${count(silent)} records do not tell their ${factorLabel(factor).toLowerCase()}.`}
    </p>
  );
}

function barsOf(
  groups: readonly Group[],
  links: (value: NonNullable<Group["value"]>) => Pick<Bar, "narrow" | "drill">,
): Bar[] {
  return groups
    .flatMap(({ value, cohort: { stats } }): Bar[] =>
      value && stats ? [{ label: value.label, figures: stats, middle: middleOf(stats), ...links(value) }] : [],
    )
    .sort((a, b) => b.middle.at - a.middle.at);
}
