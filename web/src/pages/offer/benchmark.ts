import { graphql } from "../../gql";
import type { BenchmarkQuery } from "../../gql/graphql";

/** The result of one offer, with the figures of both measures that an offer may be ranked by; `measure` says which. */
export const Benchmark = graphql(`
  query Benchmark($offer: OfferInput!) {
    benchmarkOffer(offer: $offer) {
      annualized
      firstYear
      fourYearValue
      currency
      measure
      compaRatio
      rangePenetration
      rank { amount rank interval { low high } count }
      cohort {
        label
        size
        total: stats { ...OfferMarket }
        base: stats(measure: BASE_SALARY) { ...OfferMarket }
        totalDistribution: distribution { ...OfferDistribution }
        baseDistribution: distribution(measure: BASE_SALARY) { ...OfferDistribution }
      }
      relaxations { dropped sufficient cohort { label size measures { measure records } } }
      components { measure amount rank { rank interval { low high } count } }
      negotiation {
        target
        stretch
        reasons
        typicalUplift { p50 interval { low high } count }
      }
    }
  }

  fragment OfferMarket on Stats {
    count
    p25
    p50
    p75
    interval { low high }
    cautions { code message }
  }

  fragment OfferDistribution on Distribution {
    bins { low high count }
    below
    above
  }
`);

export type BenchmarkResult = BenchmarkQuery["benchmarkOffer"];

/** By POST, to keep the amounts of offers out of access logs. */
export const BY_POST = { preferGetMethod: false } as const;
