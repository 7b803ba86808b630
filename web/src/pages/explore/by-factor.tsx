import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Chart } from "../../charts/chart";
import { countOf } from "../../components/format";
import { Loading, queryLink, Result, useLatestResult } from "../../components/query";
import { graphql } from "../../gql";
import type { ByFactorQuery, ByFactorQueryVariables, Factor } from "../../gql/graphql";
import { GroupControls, NoGroups } from "./group-controls";
import { factorLabel, filteredBy, type Grouping, groupingOf, groupOrder, isOrdered } from "./grouping";
import { centerOf, figureRow, MEASURES, roundedFigure } from "./measures";
import { OfficialSource, type OfficialWage, officialWage } from "./official-wage";
import { type Bar, barsHeight, rangeBars } from "./range-bars";
import type { ViewControl } from "./view";

const CrossTab = lazy(() => import("./cross-tab"));

/** Pay by one or two factors. */
export function GroupSection(control: ViewControl) {
  const grouping = groupingOf(control.view);
  const and = control.view.and === grouping.by ? null : control.view.and;
  const controls = <GroupControls {...control} grouping={grouping} />;
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
    $orderBy: GroupOrder!
    $first: Int!
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      by(factor: $factor, under: $under, orderBy: $orderBy, first: $first) {
        value { code label children { code } }
        cohort {
          size
          stats(measure: $measure) { ...Figures }
        }
        cautions(measure: $measure) { code }
      }
    }
  }
`);

const OfficialByFactor = graphql(`
  query OfficialByFactor(
    $where: CohortFilter
    $currency: Currency!
    $adjust: Adjustment!
    $factor: Factor!
    $under: Code
    $orderBy: GroupOrder!
    $first: Int!
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      by(factor: $factor, under: $under, orderBy: $orderBy, first: $first) {
        value { code }
        cohort { officialWages { ...OfficialFigures } }
      }
    }
  }
`);

type Group = ByFactorQuery["cohort"]["by"][number];

const OFFICIAL_FACTORS: readonly Factor[] = ["ROLE", "METRO", "SUBDIVISION", "COUNTRY"];
const DEFAULT_GROUPS = 15;
const MAX_GROUPS = 100;
const MAX_NAMES = 8; // of groups in a note

/** Pay by a factor: a bar for each value, in their own order or the best paid first. A click filters the page by it. */
function ByFactorChart({ grouping, controls, ...control }: ViewControl & { grouping: Grouping; controls: ReactNode }) {
  const { view, cohort, link } = control;
  const [first, setFirst] = useState(DEFAULT_GROUPS);
  const result = useLatestResult(ByFactor, {
    ...cohort,
    measure: control.measure,
    factor: grouping.by,
    under: grouping.under,
    orderBy: groupOrder(grouping.by),
    first,
  });
  const { data, variables, fetching } = result;
  const { factor, measure, currency } = variables;
  const groups = data?.cohort.by;
  const official = useOfficialWages(variables);

  const bars = useMemo(() => {
    const found = barsOf(groups ?? [], ({ code, children }) => ({
      filterLink: link(filteredBy(view, factor, code, children.length > 0)),
      childrenLink: children.length ? link({ by: factor, under: code }) : null,
      official: official.get(code) ?? null,
    }));
    return isOrdered(factor) ? found : found.toSorted((a, b) => b.center.value - a.center.value);
  }, [groups, factor, view, link, official]);
  const marked = bars.find((bar) => bar.official)?.official;
  const draw = useMemo(() => rangeBars(bars, currency), [bars, currency]);

  const name = factorLabel(factor);
  const top = bars.toSorted((a, b) => b.center.value - a.center.value)[0];
  const more = groups && (first === MAX_GROUPS || groups.filter(({ value }) => value).length === DEFAULT_GROUPS) && (
    <button
      type="button"
      className="button button-quiet by-more"
      onClick={() => setFirst(first === DEFAULT_GROUPS ? MAX_GROUPS : DEFAULT_GROUPS)}
    >
      {first === DEFAULT_GROUPS ? "Show more values" : "Show fewer values"}
    </button>
  );
  return (
    <Chart
      title={`${MEASURES[measure].label} by ${name.toLowerCase()}`}
      name={`payrank-by-${factor.toLowerCase().replaceAll("_", "-")}`}
      summary={
        top
          ? `${countOf(bars.length, "bar")}; the best paid: ${top.label}, ${roundedFigure(top.center.value, top.figures.unit, currency)}.`
          : ""
      }
      rows={bars.map(({ label, figures, official: wage }) => ({
        [name]: label,
        ...figureRow(figures),
        ...(marked && { "BLS median": wage?.p50 ?? null, "BLS occupation": wage?.occupation ?? null }),
      }))}
      height={barsHeight(bars)}
      draw={top ? draw : null}
      busy={fetching}
      query={queryLink(ByFactor, variables)}
      below={more}
    >
      {controls}
      <Result of={result} what="pay by factor">
        {() => (
          <>
            {top && (
              <Legend
                hasChildren={bars.some((bar) => bar.childrenLink)}
                isMean={top.figures.unit === "SCORE_1_TO_5"}
                isOfficial={Boolean(marked)}
              />
            )}
            {marked && (
              <p className="note">
                <b>BLS</b>: {officialScope(bars.flatMap((bar) => bar.official ?? []))}, all levels;{" "}
                <OfficialSource wage={marked} />
              </p>
            )}
            {!groups?.length && <NoGroups grouping={grouping} {...control} />}
            <MissingGroups groups={groups ?? []} factor={factor} />
            <GroupsOfOtherSources groups={groups ?? []} />
          </>
        )}
      </Result>
    </Chart>
  );
}

/** The official wages of the groups of a chart, by code; none for factors that they do not distinguish. */
function useOfficialWages({
  measure,
  factor,
  ...variables
}: ByFactorQueryVariables): ReadonlyMap<string, OfficialWage> {
  const pause = measure !== "BASE_SALARY" || !OFFICIAL_FACTORS.includes(factor);
  const [{ data }] = useQuery({ query: OfficialByFactor, variables: { ...variables, factor }, pause });
  return useMemo(() => {
    const groups = (!pause && data?.cohort.by) || [];
    const wages = groups.flatMap(({ value, cohort }): [string, OfficialWage][] => {
      const wage = officialWage(cohort.officialWages, measure);
      return value && wage ? [[value.code, wage]] : [];
    });
    return new Map(wages);
  }, [data, pause, measure]);
}

/** Whose wages the markers are, and where: “median wage of Data Scientists, United States”. */
function officialScope(wages: readonly OfficialWage[]): string {
  const [occupation, ...otherOccupations] = new Set(wages.map((wage) => wage.occupation));
  const [place, ...otherPlaces] = new Set(wages.map((wage) => wage.place?.label ?? wage.area));
  const workers = otherOccupations.length ? "the occupation assigned to each role or family" : occupation;
  return `median wage of ${workers}, ${otherPlaces.length ? "each place" : place}`;
}

function Legend({ hasChildren, isMean, isOfficial }: { hasChildren: boolean; isMean: boolean; isOfficial: boolean }) {
  return (
    <p className="legend">
      <span className="key key-whisker">P10 to P90</span>
      <span className="key key-box">the middle half</span>
      <span className="key key-dot">{isMean ? "mean" : "median"} with 95% CI</span>
      {isOfficial && <span className="key key-official">BLS: median</span>}
      <span>
        Select a bar to filter by it
        {hasChildren && ", or › to show the values in it"}.
      </span>
    </p>
  );
}

/** The suppressed groups, and the number of records without a value of the factor. */
function MissingGroups({ groups, factor }: { groups: readonly Group[]; factor: Factor }) {
  const suppressed = namesOf(groups.filter(({ cohort }) => !cohort.stats));
  const unknown = groups.find(({ value }) => !value)?.cohort.size ?? 0;
  if (!suppressed && !unknown) return null;
  return (
    <p className="note">
      {suppressed && `Not enough records: ${suppressed}. `}
      {unknown > 0 && `${factorLabel(factor)} unknown for ${countOf(unknown, "record")}.`}
    </p>
  );
}

/** The groups whose pay may differ because their records come from other data sets than those of the cohort. */
function GroupsOfOtherSources({ groups }: { groups: readonly Group[] }) {
  const names = namesOf(groups.filter(({ cautions }) => cautions.some(({ code }) => code === "DIFFERENT_SOURCES")));
  return (
    names && (
      <p className="note">
        Mostly from other data sets than the cohort, which may explain how they differ: {names}. Filter by source type
        or data set to compare like with like.
      </p>
    )
  );
}

/** The labels of groups as a text, without that of records with a missing value; empty if there are none. */
function namesOf(groups: readonly Group[]): string {
  const names = groups.flatMap(({ value }) => value?.label ?? []);
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${names.slice(0, MAX_NAMES).join(", ")}${more}`;
}

function barsOf(
  groups: readonly Group[],
  links: (value: NonNullable<Group["value"]>) => Pick<Bar, "filterLink" | "childrenLink" | "official">,
): Bar[] {
  return groups.flatMap(({ value, cohort: { stats } }): Bar[] =>
    value && stats ? [{ label: value.label, figures: stats, center: centerOf(stats), ...links(value) }] : [],
  );
}
