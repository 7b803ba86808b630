import { useQuery } from "urql";
import { signedPercent } from "../../components/format";
import { graphql } from "../../gql";
import type { ComparedWagesQuery } from "../../gql/graphql";
import type { Scope } from "./scope";

const ComparedWages = graphql(`
  query ComparedWages($place: Code, $first: Int!) {
    software: officialWages(role: "machine-learning-engineer", place: $place, first: $first) { ...ComparedFigures }
    data: officialWages(role: "data-scientist", place: $place, first: $first) { ...ComparedFigures }
  }

  fragment ComparedFigures on OfficialWage {
    occupation
    areaCode
    place { code label }
    naicsCode
    industry { code label }
    p50
    source { label url }
  }
`);

type Wage = NonNullable<ComparedWagesQuery["data"]>[number];

/** What official wages are compared for a claim: values of places or industries with a baseline. */
export interface OfficialComparison {
  /** The place to query; null for all areas. */
  place: string | null;
  /** The compared value of the figures, if it is one. */
  comparedValue: (wage: Wage) => { code: string; label: string } | null;
  codes: readonly string[];
  /** The figures to compare with. */
  isBaseline: (wage: Wage) => boolean;
  baseline: string;
}

const COUNTRY = "us"; // the country of the official wages
const FIRST = 300; // entries: the large areas, or all industries of the country

/** Medians of hubs, compared as the claim does it. */
export function hubComparison({ home, hubs, typicalMetro }: Scope): OfficialComparison | null {
  if (home.code !== COUNTRY || !typicalMetro) return null;
  return {
    place: null,
    comparedValue: ({ place }) => place,
    codes: hubs.map(({ code }) => code),
    isBaseline: ({ place }) => place?.code === typicalMetro.code,
    baseline: typicalMetro.label,
  };
}

/** National medians of industries, compared with all industries. */
export function industryComparison({ country }: Scope): OfficialComparison | null {
  if (country !== null && country !== COUNTRY) return null;
  return {
    place: COUNTRY,
    comparedValue: ({ industry }) => industry,
    codes: ["finance", "healthcare"],
    isBaseline: ({ naicsCode }) => naicsCode === "000000",
    baseline: "all industries",
  };
}

/** What official wages say about a claim, beside the records; nothing if they do not have its values. */
export function OfficialComparisonText({ comparison }: { comparison: OfficialComparison }) {
  const variables = { place: comparison.place, first: FIRST };
  const [{ data }] = useQuery({ query: ComparedWages, variables });
  const sentences = [data?.software, data?.data].flatMap((found) => sentenceOf(found ?? [], comparison) ?? []);
  const source = data?.data?.[0]?.source;
  if (!sentences.length || !source) return null;
  return (
    <p className="claim-method">
      <b>Official wages (BLS)</b>, median compared with {comparison.baseline}: {sentences.join("; ")}. Not adjusted for
      other factors. Source: {source.url ? <a href={source.url}>{source.label}</a> : source.label}.
    </p>
  );
}

/** “Data Scientists: San Jose-Sunnyvale-Santa Clara, CA +54.0%, Seattle-Tacoma-Bellevue, WA +38.1%”; null without figures. */
export function sentenceOf(
  wages: readonly Wage[],
  { comparedValue, codes, isBaseline }: OfficialComparison,
): string | null {
  const baseline = wages.find(isBaseline)?.p50;
  if (!baseline) return null;
  const differences = codes.flatMap((code) => {
    const wage = wages.find((one) => comparedValue(one)?.code === code);
    return wage?.p50 ? [`${comparedValue(wage)?.label} ${signedPercent(100 * (wage.p50 / baseline - 1))}`] : [];
  });
  return differences.length ? `${wages[0]?.occupation}: ${differences.join(", ")}` : null;
}
