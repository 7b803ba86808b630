import { useQuery } from "urql";
import { graphql } from "../../gql";
import { BY_POST } from "./benchmark-query";
import { Comparison } from "./comparison";
import { OfferResult } from "./offer-result";
import { MOST, nameOf, offerInput, type Offer } from "./offers";

export const Compare = graphql(`
  query Compare($offers: [OfferInput!]!) {
    compareOffers(offers: $offers) {
      currency
      best
      offers {
        benchmark { label currency annualized firstYear rank { rank interval { low high } count } }
        priceLevel { place { label } year level }
        realValue
        fourYearValue
        difference
        toMatch
      }
    }
  }
`);

/** What the service says of each offer, and of all beside each other. */
export function Results({ offers }: { offers: readonly Offer[] }) {
  const inputs = offers.map(offerInput);
  const several = inputs.length > 1 && inputs.length <= MOST;
  const [{ data, fetching, error }, ask] = useQuery({ query: Compare, variables: { offers: inputs }, pause: !several, context: BY_POST });
  const named = error && namedIn(error.message);
  const stopped = named && offers[named.number];
  return (
    <>
      {several && (
        <Comparison
          found={fetching || error ? undefined : data?.compareOffers}
          error={error}
          stopped={stopped && nameOf(stopped, named.number)}
          retry={() => ask({ requestPolicy: "network-only" })}
        />
      )}
      <div className="offer-results">
        {offers.map((offer, number) => (
          <OfferResult
            key={number}
            input={offerInput(offer, number)}
            name={nameOf(offer, number)}
            doubt={named?.number === number ? named.message : undefined}
          />
        ))}
      </div>
    </>
  );
}

/** The offer that an error of compareOffers is about: "Offer 2 ('Berlin'): There is too little data..." */
function namedIn(message: string): { number: number; message: string } | undefined {
  const [, number, said] = /Offer (\d)(?: \(.*?\))?: (.*)/s.exec(message) ?? [];
  return number && said ? { number: Number(number) - 1, message: said } : undefined;
}
