import {
  type ContributionRules,
  enoughContributors,
  LIFETIME_MONTHS,
  releasesText,
} from "../../components/contribution-rules";
import type { StatusFragment, SubmissionStatus } from "../../gql/graphql";

export const STATUS_TITLES: Readonly<Record<SubmissionStatus, string>> = {
  RECEIVED: "Received",
  WAITING: "Waiting",
  PUBLISHED: "Published",
  WITHDRAWN: "Withdrawn",
};

type Rules = ContributionRules | undefined;

/** What the status of a submission means, and what follows. */
export function statusText(
  { status, publishedIn }: Pick<StatusFragment, "status" | "publishedIn">,
  rules: Rules,
  now = new Date(),
): string {
  switch (status) {
    case "RECEIVED":
      return `It can be published in the next release if ${enoughContributors(rules)} share its ${finestClass(rules)}. ${releasesText(rules)}`;
    case "WAITING":
      return `It was not in the last release: fewer than ${enough(rules)} contributors share its ${finestClass(rules)}, or a moderator has to review it, or has rejected it. After some releases a coarser class is enough, such as the role and the country. ${releasesText(rules)}`;
    case "PUBLISHED":
      return publishedText(publishedIn, now);
    case "WITHDRAWN":
      return `Its answers and the link to its records are deleted. Only its id, its time and this status remain. Records that were published may stay among others of their class for up to ${LIFETIME_MONTHS} months.`;
  }
}

function enough(rules: Rules): string {
  return rules ? String(rules.classSize) : "enough";
}

function finestClass(rules: Rules): string {
  return rules?.employerClasses ? "employer, role family, level and country" : "role, level and country";
}

/** The status is the same after the records are removed, so the text has their dates. */
function publishedText(publishedIn: StatusFragment["publishedIn"], now: Date): string {
  const published = "Its pay was published to about 10%, together with that of enough others of the same class";
  if (!publishedIn) return `${published}.`;
  const released = new Date(publishedIn.publishedAt);
  const retires = new Date(released);
  retires.setUTCMonth(released.getUTCMonth() + LIFETIME_MONTHS);
  const removal =
    now < retires
      ? `Its records stay until ${day.format(retires)} at the latest, and are removed with the first release after that.`
      : `Its records were due to be removed with the first release after ${day.format(retires)}.`;
  return `${published}, in edition ${publishedIn.number} on ${day.format(released)}. ${removal} This status stays the same.`;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
