import { count, money } from "../../components/format";
import { graphql } from "../../gql";
import type { OfficialFiguresFragment } from "../../gql/graphql";

export const OfficialFigures = graphql(`
  fragment OfficialFigures on OfficialWage {
    occupation
    area
    place { label }
    year
    currency
    employment
    p25
    p50
    p75
    source { label url }
  }
`);

/** Official wages with a released median. */
export type OfficialWage = OfficialFiguresFragment & { p50: number };

/** Those of a cohort; null if there are none, or if they are not comparable with the measure. */
export function officialWage(wages: readonly OfficialFiguresFragment[], measure: string): OfficialWage | null {
  const [wage] = wages;
  return wage && wage.p50 !== null && measure === "BASE_SALARY" ? { ...wage, p50: wage.p50 } : null;
}

/** Why a cohort has no official wages; nothing for measures that they do not have. */
export function NoOfficialWage({ reason, measure }: { reason: string | undefined; measure: string }) {
  if (measure !== "BASE_SALARY" || !reason) return null;
  return <p className="note">No official wages to compare with. {reason}</p>;
}

/** “Data Scientists, United States: median $120,230, middle half $85,660 to $158,880”. */
export function officialText({ occupation, area, place, currency, p25, p50, p75 }: OfficialWage): string {
  const half = p25 !== null && p75 !== null ? `, middle half ${money(p25, currency)} to ${money(p75, currency)}` : "";
  return `${occupation}, ${place?.label ?? area}: median ${money(p50, currency)}${half}`;
}

/** The figures in words, with their source. */
export function OfficialLine({ wage }: { wage: OfficialWage }) {
  return (
    <p className="note">
      <b>BLS</b>: {officialText(wage)}
      {wage.employment !== null && ` (${count(wage.employment)} jobs)`}, all levels; <OfficialSource wage={wage} />
    </p>
  );
}

export function OfficialSource({ wage: { source } }: { wage: OfficialWage }) {
  return (
    <>
      excludes equity and most bonuses. Source: {source.url ? <a href={source.url}>{source.label}</a> : source.label}.
    </>
  );
}
