import { useQuery } from "urql";
import type { OfferInput } from "../../gql/graphql";
import { count, money } from "../../parts/format";
import { IntervalBar } from "../../parts/interval-bar";
import { Failure, Loading, wordsOf } from "../../parts/states";
import { Benchmark, BY_POST, type BenchmarkFound } from "./benchmark-query";
import { Advice } from "./advice";
import { Components } from "./components";
import { Figures } from "./figures";
import { Ladder } from "./ladder";
import { RankChart } from "./rank-chart";

interface OfferResultProps {
  input: OfferInput;
  name: string;
  /** Why it cannot be compared with the others. */
  doubt: string | undefined;
}

/** Where one offer stands, and what is wrong with it if it stands nowhere. */
export function OfferResult({ input, name, doubt }: OfferResultProps) {
  const [{ data, fetching, error }, ask] = useQuery({ query: Benchmark, variables: { offer: input }, context: BY_POST });
  const found = data?.benchmarkOffer;
  return (
    <section className="offer-result" aria-label={name}>
      {error ? (
        <div className="offer-standing">
          <h2>{name}</h2>
          <Failure message={wordsOf(error)} {...(error.networkError && { retry: () => ask({ requestPolicy: "network-only" }) })} />
        </div>
      ) : fetching || !found ? (
        <Loading what={name} tall />
      ) : (
        <>
          <div className="offer-standing">
            <Standing found={found} name={name} />
            {doubt && <Failure message={doubt} />}
          </div>
          <RankChart found={found} name={name} input={input} />
          <Figures found={found} />
          <Advice found={found} />
          <Components found={found} />
          <Ladder found={found} />
        </>
      )}
    </section>
  );
}

function Standing({ found: { rank, cohort, currency, measure }, name }: { found: BenchmarkFound; name: string }) {
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
