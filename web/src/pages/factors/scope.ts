import { useQuery } from "urql";
import { useFactorValues } from "../../components/factor-values";
import { FALLBACK_MEASURE, Measures } from "../../components/measure-coverage";
import { graphql } from "../../gql";
import type { Measure, ScopeGapsFragment, ScopeQuery } from "../../gql/graphql";

const ScopeDocument = graphql(`
  query Scope($selected: CohortFilter, $home: CohortFilter, $measure: Measure!) {
    selected: cohort(where: $selected) {
      stats(measure: $measure) { cautions { code message } }
      industries: by(factor: INDUSTRY, orderBy: { field: SIZE }) { ...ScopeGroups }
      experience: by(factor: EXPERIENCE) { ...ScopeGroups }
      ...ScopeGaps
    }
    home: cohort(where: $home) {
      metros: by(factor: METRO, orderBy: { field: SIZE }) { ...ScopeGroups }
      metroGap: unavailable(measure: $measure, factor: METRO) { message }
    }
  }

  fragment ScopeGroups on CohortGroup {
    value { code label }
    cohort { stats(measure: $measure) { count p50 } }
  }

  fragment ScopeGaps on Cohort {
    pay: unavailable(measure: $measure) { message }
    year: unavailable(measure: $measure, factor: YEAR) { message }
    level: unavailable(measure: $measure, factor: LEVEL) { message }
    years: unavailable(measure: $measure, factor: EXPERIENCE) { message }
    workMode: unavailable(measure: $measure, factor: WORK_MODE) { message }
    industry: unavailable(measure: $measure, factor: INDUSTRY) { message }
    employerSize: unavailable(measure: $measure, factor: EMPLOYER_SIZE) { message }
    employerType: unavailable(measure: BASE_SALARY, factor: EMPLOYER_TYPE) { message }
    education: unavailable(measure: $measure, factor: EDUCATION) { message }
    certification: unavailable(measure: $measure, factor: CERTIFICATION) { message }
    specialization: unavailable(measure: $measure, factor: SPECIALIZATION) { message }
    skill: unavailable(measure: $measure, factor: SKILL) { message }
    benefit: unavailable(measure: $measure, factor: BENEFIT) { message }
    bonus: unavailable(measure: BONUS) { message }
    equity: unavailable(measure: EQUITY) { message }
    equityByType: unavailable(measure: EQUITY, factor: EMPLOYER_TYPE) { message }
    uplift: unavailable(measure: NEGOTIATION_UPLIFT, factor: COMPETING_OFFERS) { message }
    balance: unavailable(measure: WORK_LIFE_BALANCE, factor: WORK_MODE) { message }
    satisfaction: unavailable(measure: JOB_SATISFACTION, factor: EMPLOYER_TYPE) { message }
    career: unavailable(measure: CAREER_GROWTH, factor: EMPLOYER_TYPE) { message }
  }
`);

/** What a claim needs records to report; `metro` in the place whose metropolitan areas are compared. */
export type Need = keyof ScopeGapsFragment | "metro";

type Caution = NonNullable<ScopeQuery["selected"]["stats"]>["cautions"][number];

export interface NamedValue {
  code: string;
  label: string;
}

/** What claims are tested on, and the values that they compare, chosen from the data rather than by name. */
export interface Scope {
  /** Code of a country or continent; null for all records. */
  country: string | null;
  measure: Measure;
  /** The number of records, and of those that report the measure. */
  size: number;
  records: number;
  /** The cautions of the figures of the measure. */
  cautions: readonly Caution[];
  /** The place whose metropolitan areas are compared: the selected one, or the country with the most records. */
  home: NamedValue;
  hubs: readonly NamedValue[];
  /** The baseline of hubs: the area with the median pay among an equal number of the next largest areas. */
  typicalMetro: NamedValue | null;
  /** The most common industry that no claim is about. */
  typicalIndustry: NamedValue | null;
  /** The experience band with the fewest years. */
  lowestExperience: NamedValue | null;
  /** Why the records lack what claims need, and which source would have it; undefined for what they report. */
  gaps: Readonly<Partial<Record<Need, string>>>;
}

const MAX_HUBS = 5;
const MIN_BASELINE = 30; // records
const CLAIMED_INDUSTRIES: readonly string[] = ["finance", "healthcare", "automotive"];

export const PAY = ["BASE_SALARY", "TOTAL_CASH", "TOTAL_COMPENSATION"] as const satisfies readonly Measure[];

/** The scope of all claims for a country and a measure, undefined while it loads. */
export function useScope(country: string | null, chosen: Measure | null) {
  const { values: countries, error: listError } = useFactorValues({ factor: "COUNTRY" });
  const { measure, coverage, counts, error: countError, recount } = useMeasure(country, chosen);
  const home = country
    ? (countries?.find(({ code }) => code === country) ?? (countries && { code: country, label: country }))
    : countries?.filter(({ parent }) => parent).toSorted((a, b) => b.records - a.records)[0];
  const [{ data, fetching, error }, refetch] = useQuery({
    query: ScopeDocument,
    variables: { selected: whereOf(country), home: whereOf(home?.code ?? null), measure: measure ?? FALLBACK_MEASURE },
    pause: !home || !measure,
  });
  const scope: Scope | undefined =
    home && measure && counts && data && !fetching
      ? { country, measure, ...counts, ...comparedValues(data, home) }
      : undefined;

  function retry() {
    recount({ requestPolicy: "network-only" });
    refetch({ requestPolicy: "network-only" });
  }

  return { scope, measure, coverage, error: error ?? countError ?? listError, retry };
}

/** The chosen measure, or the one of PAY that most records report, with the numbers of records; undefined while they load. */
function useMeasure(country: string | null, chosen: Measure | null) {
  const [{ data, fetching, error }, recount] = useQuery({ query: Measures, variables: { where: whereOf(country) } });
  const cohort = fetching ? undefined : data?.cohort;
  const mostReported = cohort?.measures.find((one) => PAY.some((pay) => pay === one.measure))?.measure;
  const measure = chosen ?? (cohort && (mostReported ?? FALLBACK_MEASURE));
  const reporting = cohort?.measures.find((one) => one.measure === measure)?.records ?? 0;
  const counts = cohort && { size: cohort.size, records: cohort.measures.length ? reporting : cohort.size };
  return { measure, coverage: cohort?.measures, counts, error, recount };
}

export function whereOf(country: string | null) {
  return country ? { country: [country] } : null;
}

function comparedValues({ selected, home: { metros, metroGap } }: ScopeQuery, home: NamedValue) {
  const large = metros.filter(isLarge);
  const hubs = large.slice(0, Math.min(MAX_HUBS, Math.max(1, Math.floor(large.length / 3))));
  const isUnclaimed = ({ value }: Group) => !CLAIMED_INDUSTRIES.includes(value?.code ?? "");
  return {
    cautions: selected.stats?.cautions ?? [],
    home,
    hubs: hubs.flatMap(({ value }) => value ?? []),
    typicalMetro: medianPaid(large.slice(hubs.length, 2 * hubs.length)),
    typicalIndustry: selected.industries.find((group) => isLarge(group) && isUnclaimed(group))?.value ?? null,
    lowestExperience: selected.experience.find(isLarge)?.value ?? null,
    gaps: gapsOf(selected, metroGap?.message),
  };
}

function gapsOf(selected: ScopeQuery["selected"], metro: string | undefined): Scope["gaps"] {
  const { stats, industries, experience, ...gaps } = selected;
  const messages = Object.entries(gaps).flatMap(([need, gap]) => (gap?.message ? [[need, gap.message] as const] : []));
  return Object.fromEntries(metro ? [...messages, ["metro", metro] as const] : messages);
}

type Group = ScopeQuery["selected"]["industries"][number];

function isLarge({ value, cohort }: Group): boolean {
  return value !== null && (cohort.stats?.count ?? 0) >= MIN_BASELINE;
}

/** The group whose median pay is the median of all. */
function medianPaid(groups: readonly Group[]): NamedValue | null {
  const sorted = groups.toSorted((a, b) => (a.cohort.stats?.p50 ?? 0) - (b.cohort.stats?.p50 ?? 0));
  return sorted[Math.floor((sorted.length - 1) / 2)]?.value ?? null;
}
