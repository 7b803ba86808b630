import { graphql } from "../../gql";
import type { StandingFragment } from "../../gql/graphql";
import { count, money } from "../../parts/format";
import "./standing.css";

graphql(`
  fragment Standing on OfferBenchmark {
    measure
    currency
    compaRatio
    rank { amount rank count interval { low high } }
    cohort {
      label
      total: stats { p25 p50 p75 cautions { message } }
      base: stats(measure: BASE_SALARY) { p25 p50 p75 cautions { message } }
    }
  }
`);

/** Where the pay stands among others, in words and as a small picture of them. */
export function Standing({ of: { measure, currency, compaRatio, rank, cohort } }: { of: StandingFragment }) {
  const stats = measure === "BASE_SALARY" ? cohort.base : cohort.total;
  const what = measure === "BASE_SALARY" ? "base salary" : "total pay";
  const { low, high } = rank.interval;
  return (
    <div className="standing">
      <p>
        Of {count(rank.count)} published records ({cohort.label}), <strong>{about(rank.rank)}</strong> tell less than a {what} of{" "}
        <strong>{money(rank.amount, currency)}</strong> a year.
      </p>
      <Scale rank={rank.rank} low={low} high={high} />
      <ul className="quiet">
        <li>
          With so many records the true place lies between {Math.round(low)} and {Math.round(high)} in 100 (95% interval).
        </li>
        {stats && (
          <li>
            The middle one of them tells {money(stats.p50, currency)}: this is {compaRatio.toFixed(2)} times that. Half of them tell {money(stats.p25, currency)} to{" "}
            {money(stats.p75, currency)}.
          </li>
        )}
        {stats?.cautions.map(({ message }) => <li key={message}>{message}</li>)}
      </ul>
    </div>
  );
}

/** A rank, 0 to 100, in words. */
function about(rank: number): string {
  if (rank < 1) return "fewer than 1 in 100";
  return rank > 99 ? "more than 99 in 100" : `about ${Math.round(rank)} in 100`;
}

/** 0 to 100, with the interval as a band and the rank as a mark. */
function Scale({ rank, low, high }: { rank: number; low: number; high: number }) {
  return (
    <figure className="standing-scale" aria-hidden="true">
      <div className="standing-line">
        <span className="standing-band" style={{ left: `${low}%`, width: `${high - low}%` }} />
        <span className="standing-mark" style={{ left: `${rank}%` }} />
      </div>
      <figcaption>
        <span>lowest paid</span>
        <span>middle</span>
        <span>highest paid</span>
      </figcaption>
    </figure>
  );
}
