import { graphql } from "../gql";
import type { Factor } from "../gql/graphql";

/** The factors with a protected table of premiums, in the order of the picker. */
export const PREMIUM_FACTORS = [
  "WORK_MODE",
  "EMPLOYMENT_TYPE",
  "EXPERIENCE",
  "EDUCATION",
  "SKILL",
  "SPECIALIZATION",
  "CERTIFICATION",
  "INDUSTRY",
  "EMPLOYER_TYPE",
  "EMPLOYER_SIZE",
  "METRO",
  "BENEFIT",
] as const satisfies readonly Factor[];

export const ContributedPremiums = graphql(`
  query ContributedPremiums($factor: Factor!) {
    contributedBreakdown(factor: $factor) {
      year
      epsilon
      method
      unavailable { message }
      rows {
        value { code label }
        contributors
        premiumPercent
        premiumInterval { low high }
      }
    }
  }
`);

export const PrivacyLedger = graphql(`
  query PrivacyLedger {
    privacyLedger { year table epsilon }
  }
`);

/** Whether a factor can have a protected table of premiums. */
export function hasPremiums(factor: Factor): boolean {
  return PREMIUM_FACTORS.some((known) => known === factor);
}

/** The URL of the table of a factor on “About the data”. */
export function contributedPath(factor: Factor): string {
  return `/about?factor=${factor}#reported`;
}
