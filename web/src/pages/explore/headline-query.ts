import { graphql } from "../../gql";

/** What the page is about; quick, so everything else waits for nothing but this. */
export const Headline = graphql(`
  query Headline($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!, $measure: Measure!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      label
      size
      employers
      suppressed { code message minimum }
      stats(measure: $measure) {
        ...Figures
        cautions { code message }
      }
    }
  }
`);
