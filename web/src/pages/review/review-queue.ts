import { graphql } from "../../gql";
import type { FindingCode, ReviewQueueQuery } from "../../gql/graphql";

export const ReviewQueue = graphql(`
  query ReviewQueue($after: String, $finding: FindingCode) {
    reviewQueue(first: 20, after: $after, finding: $finding) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        submission { ...Status }
        findings { code message score }
        role { label }
        level
        experience
        country { label }
        metro { label }
        effective
        pay { currency baseSalary }
        totalCompensation
        flags
      }
    }
  }
`);

export const ReviewSubmission = graphql(`
  mutation ReviewSubmission($id: ID!, $decision: ReviewDecision!, $note: String!) {
    reviewSubmission(id: $id, decision: $decision, note: $note) {
      submission { id status }
      userErrors { code message }
    }
  }
`);

export type Item = ReviewQueueQuery["reviewQueue"]["nodes"][number];

export const FINDINGS: Readonly<Record<FindingCode, string>> = {
  OUTLIER: "Far from others’ pay",
  INCONSISTENT: "Answers don’t go together",
  LIKELY_DUPLICATE: "Likely told twice",
  BURST: "Many at once",
  FLAGGED: "Flagged by readers",
};

/** An item in a line: who it is about, and what they tell. */
export function nameOf({ level, role, metro, country }: Item): string {
  return `${level.charAt(0)}${level.slice(1).toLowerCase()} ${role.label}, ${metro ? `${metro.label}, ` : ""}${country.label}`;
}
