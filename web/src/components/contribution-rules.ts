import { useQuery } from "urql";
import { graphql } from "../gql";
import type { ContributionRulesQuery } from "../gql/graphql";
import { plural } from "./format";

/** Months after which the records of a release are removed (service/intake/release_calendar.py). */
export const LIFETIME_MONTHS = 24;

const ContributionRulesOfService = graphql(`
  query ContributionRules {
    contributionRules { invitationRequired classSize employerClasses releaseDays nextRelease }
  }
`);

/** What the operator of the service has set for contributions; undefined while it is unknown. */
export type ContributionRules = ContributionRulesQuery["contributionRules"];
type Rules = ContributionRules | undefined;

export function useContributionRules(): Rules {
  return useQuery({ query: ContributionRulesOfService })[0].data?.contributionRules;
}

/** A sentence about when releases come. */
export function releasesText(rules: Rules): string {
  if (!rules) return "Releases come at regular intervals.";
  const { releaseDays, nextRelease } = rules;
  if (!nextRelease) return "This service makes no releases at present.";
  const next = new Date(nextRelease);
  return `Releases come every ${period(releaseDays)}; the next one is due on ${releaseDays < 1 ? time.format(next) : day.format(next)}.`;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" });

const UNITS = [
  ["day", 1],
  ["hour", 24],
  ["minute", 24 * 60],
  ["second", 24 * 60 * 60],
] as const;

/** “28 days”, “day” or “12 hours”, after “every”: in the largest unit of which it is at least one. */
function period(days: number): string {
  const amounts = UNITS.map(([unit, perDay]) => ({ unit, amount: Math.round(100 * days * perDay) / 100 }));
  const { unit, amount } = amounts.find(({ amount }) => amount >= 1) ?? amounts.at(-1) ?? { unit: "day", amount: days };
  return amount === 1 ? unit : `${amount} ${plural(amount, unit)}`;
}

/** “at least 10 contributors”, who are needed to publish a class. */
export function enoughContributors(rules: Rules): string {
  return rules ? `at least ${rules.classSize} contributors` : "enough contributors";
}

/** A sentence about employers and places within the country in published records. */
export function employersText(rules: Rules): string {
  if (!rules) return "Employers and metro areas are published only by services for invited members that say so here.";
  return rules.employerClasses
    ? "This service also publishes the employer or the metro area, where enough contributors share it."
    : "No published record has an employer or a place within the country.";
}
