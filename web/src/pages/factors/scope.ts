import { useQuery } from "urql";
import { useFactorValues } from "../../components/factor-values";
import { graphql } from "../../gql";
import type { GroundQuery, Measure } from "../../gql/graphql";

const GroundOf = graphql(`
  query Ground($asked: CohortFilter, $home: CohortFilter, $measure: Measure!) {
    asked: cohort(where: $asked) {
      size
      industries: by(factor: INDUSTRY, orderBy: { field: SIZE }) { ...GroundGroups }
      experience: by(factor: EXPERIENCE) { ...GroundGroups }
    }
    home: cohort(where: $home) {
      metros: by(factor: METRO, orderBy: { field: SIZE }) { ...GroundGroups }
    }
  }

  fragment GroundGroups on CohortGroup {
    value { code label }
    cohort { stats(measure: $measure) { count p50 } }
  }
`);

export interface Named {
  code: string;
  label: string;
}

/** Which values the claims compare, as the data has them: no place is a hub because someone wrote its name here. */
export interface Ground {
  records: number;
  /** Where hubs are looked for: the place asked about, else the country with the most records. */
  home: Named;
  hubs: readonly Named[];
  /** What hubs are held against: of as many next largest areas the one whose median pay is the middle one. */
  usualMetro: Named | null;
  /** The most common industry of which nobody says that it pays more. */
  usualIndustry: Named | null;
  /** The band with the fewest years. */
  beginners: Named | null;
}

const MOST_HUBS = 5;
const LEAST = 30; // records that a value needs for others to be held against it
const PRAISED_INDUSTRIES = ["finance", "healthcare", "automotive"] as const;

/** Asks the data for the ground of all claims. */
export function useGround(country: string | null, measure: Measure) {
  const { values: countries, error: unlisted } = useFactorValues({ factor: "COUNTRY" });
  const home = country
    ? (countries?.find(({ code }) => code === country) ?? (countries && { code: country, label: country }))
    : countries?.filter(({ parent }) => parent).toSorted((a, b) => b.records - a.records)[0];
  const [{ data, fetching, error }, ask] = useQuery({
    query: GroundOf,
    variables: { asked: whereOf(country), home: whereOf(home?.code ?? null), measure },
    pause: !home,
  });
  return { ground: home && data && !fetching ? groundOf(data, home) : undefined, error: error ?? unlisted, ask };
}

export function whereOf(country: string | null) {
  return country ? { country: [country] } : null;
}

function groundOf({ asked, home: { metros } }: GroundQuery, home: Named): Ground {
  const told = metros.filter(enough);
  const hubs = told.slice(0, Math.min(MOST_HUBS, Math.max(1, Math.floor(told.length / 3))));
  const praised: readonly string[] = PRAISED_INDUSTRIES;
  return {
    records: asked.size,
    home,
    hubs: hubs.flatMap(({ value }) => value ?? []),
    usualMetro: middle(told.slice(hubs.length, 2 * hubs.length)),
    usualIndustry:
      asked.industries.find((group) => enough(group) && !praised.includes(group.value?.code ?? ""))?.value ?? null,
    beginners: asked.experience.find(enough)?.value ?? null,
  };
}

type Group = GroundQuery["asked"]["industries"][number];

function enough({ value, cohort }: Group): boolean {
  return value !== null && (cohort.stats?.count ?? 0) >= LEAST;
}

/** The one whose median pay is the middle one of them all. */
function middle(groups: readonly Group[]): Named | null {
  const sorted = groups.toSorted((a, b) => (a.cohort.stats?.p50 ?? 0) - (b.cohort.stats?.p50 ?? 0));
  return sorted[Math.floor((sorted.length - 1) / 2)]?.value ?? null;
}
