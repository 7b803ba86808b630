import { graphql } from "../../gql";
import type { BenchmarkQuery } from "../../gql/graphql";

/** All that one offer's result shows. The figures of both measures that offers are compared by: the answer says which it was. */
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
        whole: stats { ...OfferMarket }
        base: stats(measure: BASE_SALARY) { ...OfferMarket }
        wholeSpread: distribution { ...OfferSpread }
        baseSpread: distribution(measure: BASE_SALARY) { ...OfferSpread }
      }
      relaxations { dropped sufficient cohort { label size } }
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

  fragment OfferSpread on Distribution {
    bins { low high count }
    below
    above
  }
`);

export type BenchmarkFound = BenchmarkQuery["benchmarkOffer"];

/** By POST, so that the amounts of an offer are in nobody's log of addresses. */
export const BY_POST = { preferGetMethod: false } as const;
