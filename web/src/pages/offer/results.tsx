import { useQuery } from "urql";
import { IntervalBar } from "../../charts/interval-bar";
import { count, money } from "../../components/format";
import { Failure, Loading, wordsOf } from "../../components/query";
import { graphql } from "../../gql";
import type { OfferInput } from "../../gql/graphql";
import { Benchmark, type BenchmarkFound, BY_POST } from "./benchmark";
import { Comparison } from "./comparison";
import { MOST, nameOf, type Offer, offerInput } from "./offers";
import { Advice, Components, Figures, Relaxations, RankChart } from "./result-cards";

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
        equivalentAnnualized
      }
    }
  }
`);

/** What the service says of each offer, and of all beside each other. */
export function Results({ offers }: { offers: readonly Offer[] }) {
  const inputs = offers.map(offerInput);
  const several = inputs.length > 1 && inputs.length <= MOST;
  const [{ data, fetching, error }, ask] = useQuery({
    query: Compare,
    variables: { offers: inputs },
    pause: !several,
    context: BY_POST,
  });
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

interface OfferResultProps {
  input: OfferInput;
  name: string;
  /** Why it cannot be compared with the others. */
  doubt: string | undefined;
}

/** Where one offer stands, and what is wrong with it if it stands nowhere. */
export function OfferResult({ input, name, doubt }: OfferResultProps) {
  const [{ data, fetching, error }, ask] = useQuery({
    query: Benchmark,
    variables: { offer: input },
    context: BY_POST,
  });
  const found = data?.benchmarkOffer;
  return (
    <section className="offer-result" aria-label={name}>
      {error ? (
        <div className="offer-rank-cards">
          <h2>{name}</h2>
          <Failure
            message={wordsOf(error)}
            {...(error.networkError && { retry: () => ask({ requestPolicy: "network-only" }) })}
          />
        </div>
      ) : fetching || !found ? (
        <Loading what={name} tall />
      ) : (
        <>
          <div className="offer-rank-cards">
            <RankCard found={found} name={name} />
            {doubt && <Failure message={doubt} />}
          </div>
          <RankChart found={found} name={name} input={input} />
          <Figures found={found} />
          <Advice found={found} />
          <Components found={found} />
          <Relaxations found={found} />
        </>
      )}
    </section>
  );
}

function RankCard({ found: { rank, cohort, currency, measure }, name }: { found: BenchmarkFound; name: string }) {
  const market = measure === "BASE_SALARY" ? cohort.base : cohort.whole;
  return (
    <div className="card">
      <h2>{name}</h2>
      <p className="offer-rank" role="status">
        Above <strong>{Math.round(rank.rank)}%</strong> of {count(rank.count)} records like it
      </p>
      <div className="offer-scale">
        <IntervalBar at={rank.rank} low={rank.interval.low} high={rank.interval.high} from={0} to={100} line={50} />
        <span aria-hidden="true">0%</span>
        <span aria-hidden="true">50%</span>
        <span aria-hidden="true">100%</span>
      </div>
      <p>
        95% interval {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%, by{" "}
        {measure === "BASE_SALARY"
          ? `the base salary of ${money(rank.amount, currency)} alone: too few records here tell bonus and equity too.`
          : `the annualised total of ${money(rank.amount, currency)}.`}
      </p>
      <p className="quiet">Held against {cohort.label}.</p>
      {market?.cautions.map(({ code, message }) => (
        <span key={code} className="chip chip-warn">
          {message}
        </span>
      ))}
    </div>
  );
}
