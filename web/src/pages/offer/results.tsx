import { useQuery } from "urql";
import { IntervalBar } from "../../charts/interval-bar";
import { count, money } from "../../components/format";
import { CoverageCaution, partialCoverage } from "../../components/measure-coverage";
import { errorMessage, Failure, Loading } from "../../components/query";
import { graphql } from "../../gql";
import type { OfferInput } from "../../gql/graphql";
import { Benchmark, type BenchmarkResult, BY_POST } from "./benchmark";
import { Comparison } from "./comparison";
import { MAX_OFFERS, NEW_OFFER, nameOf, type Offer, offerInput } from "./offers";
import { Advice, Components, Figures, RankChart, Relaxations } from "./result-cards";

const Compare = graphql(`
  query Compare($offers: [OfferInput!]!) {
    compareOffers(offers: $offers) {
      currency
      best
      offers {
        benchmark { label currency annualized firstYear measure rank { rank interval { low high } count } }
        priceLevel { place { label } year level }
        realValue
        fourYearValue
        difference
        equivalentAnnualized
      }
    }
  }
`);

/** The results of each offer, and the comparison of several. */
export function Results({ offers }: { offers: readonly Offer[] }) {
  const inputs = offers.map(offerInput);
  const several = inputs.length > 1 && inputs.length <= MAX_OFFERS;
  const [{ data, fetching, error }, refetch] = useQuery({
    query: Compare,
    variables: { offers: inputs },
    pause: !several,
    context: BY_POST,
  });
  const failed = error && failedOffer(error.message);
  const failedName = failed && offers[failed.index] && nameOf(offers[failed.index] ?? NEW_OFFER, failed.index);
  return (
    <>
      {several && (
        <Comparison
          comparison={fetching || error ? undefined : data?.compareOffers}
          error={error}
          failedOffer={failedName}
          retry={() => refetch({ requestPolicy: "network-only" })}
        />
      )}
      <div className="offer-results">
        {offers.map((offer, index) => (
          <OfferResult
            key={index}
            input={offerInput(offer, index)}
            name={nameOf(offer, index)}
            comparisonError={failed?.index === index ? failed.message : undefined}
          />
        ))}
      </div>
    </>
  );
}

/** The offer that an error of compareOffers is about, as in “Offer 2 ('Berlin'): There is not enough data.” */
function failedOffer(error: string): { index: number; message: string } | undefined {
  const [, number, message] = /Offer (\d)(?: \(.*?\))?: (.*)/s.exec(error) ?? [];
  return number && message ? { index: Number(number) - 1, message } : undefined;
}

interface OfferResultProps {
  input: OfferInput;
  name: string;
  /** Why it cannot be compared with the others. */
  comparisonError: string | undefined;
}

/** The result of one offer, or its error. */
function OfferResult({ input, name, comparisonError }: OfferResultProps) {
  const [{ data, fetching, error }, refetch] = useQuery({
    query: Benchmark,
    variables: { offer: input },
    context: BY_POST,
  });
  const benchmark = data?.benchmarkOffer;
  return (
    <section className="offer-result" aria-label={name}>
      {error ? (
        <div className="offer-rank-cards">
          <h2>{name}</h2>
          <Failure
            message={errorMessage(error)}
            {...(error.networkError && { retry: () => refetch({ requestPolicy: "network-only" }) })}
          />
        </div>
      ) : fetching || !benchmark ? (
        <Loading what={name} tall />
      ) : (
        <>
          <div className="offer-rank-cards">
            <RankCard benchmark={benchmark} name={name} />
            {comparisonError && <Failure message={comparisonError} />}
          </div>
          <RankChart benchmark={benchmark} name={name} input={input} />
          <Figures benchmark={benchmark} />
          <Advice benchmark={benchmark} />
          <Components benchmark={benchmark} />
          <Relaxations benchmark={benchmark} />
        </>
      )}
    </section>
  );
}

/** The percentile rank of an offer with its interval and cautions. */
function RankCard({
  benchmark: { rank, cohort, currency, measure },
  name,
}: {
  benchmark: BenchmarkResult;
  name: string;
}) {
  const cautions = (measure === "BASE_SALARY" ? cohort.base : cohort.total)?.cautions ?? [];
  return (
    <div className="card">
      <h2>{name}</h2>
      <p className="offer-rank" role="status">
        Above <strong>{Math.round(rank.rank)}%</strong> of {count(rank.count)} similar records
      </p>
      <div className="offer-scale">
        <IntervalBar value={rank.rank} low={rank.interval.low} high={rank.interval.high} from={0} to={100} line={50} />
        <span aria-hidden="true">0%</span>
        <span aria-hidden="true">50%</span>
        <span aria-hidden="true">100%</span>
      </div>
      <p>
        95% CI: {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%, by{" "}
        {measure === "BASE_SALARY"
          ? `the base salary of ${money(rank.amount, currency)} only: too few of these records also report bonus and equity.`
          : `the annualised total of ${money(rank.amount, currency)}.`}
      </p>
      <p className="quiet">Compared with {cohort.label}.</p>
      <CoverageCaution cautions={cautions} />
      {cautions
        .filter((caution) => caution !== partialCoverage(cautions))
        .map(({ code, message }) => (
          <span key={code} className="chip chip-warn">
            {message}
          </span>
        ))}
    </div>
  );
}
