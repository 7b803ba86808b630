import { useContributionRules } from "../../components/contribution-rules";
import { count, money, ordinal } from "../../components/format";
import { graphql } from "../../gql";
import type { BenchmarkFragment, StatusFragment } from "../../gql/graphql";
import { STATUS_TITLES, statusText } from "./status-text";
import "./receipt.css";

graphql(`
  fragment Status on Submission {
    id
    status
    reason
    submittedAt
    publishedIn { number publishedAt }
    benchmark { ...Benchmark }
  }
`);

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });

/** The status of a submission and the benchmark of its pay. */
export function Status({ of: submission }: { of: StatusFragment }) {
  const { status, reason, submittedAt, benchmark } = submission;
  const rules = useContributionRules();
  return (
    <div className="status">
      <p>
        <span className={`chip status-${status.toLowerCase()}`}>{STATUS_TITLES[status]}</span>{" "}
        <span className="quiet">sent on {day.format(new Date(submittedAt))}</span>
      </p>
      <p>{statusText(submission, rules)}</p>
      {reason && <blockquote>{reason}</blockquote>}
      {status !== "WITHDRAWN" && (
        <>
          <h3>How the pay compares</h3>
          {benchmark ? (
            <Benchmark of={benchmark} />
          ) : (
            <p className="quiet">There are not enough similar published records to compare with yet.</p>
          )}
        </>
      )}
    </div>
  );
}

graphql(`
  fragment Benchmark on OfferBenchmark {
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

/** The percentile rank of some pay among similar records, in words and as a small chart. */
export function Benchmark({ of: { measure, currency, compaRatio, rank, cohort } }: { of: BenchmarkFragment }) {
  const stats = measure === "BASE_SALARY" ? cohort.base : cohort.total;
  const name = measure === "BASE_SALARY" ? "base salary" : "total pay";
  const { low, high } = rank.interval;
  return (
    <div className="benchmark">
      <p>
        A {name} of <strong>{money(rank.amount, currency)}</strong> per year is above{" "}
        <strong>{approximateShare(rank.rank)}</strong> of {count(rank.count)} published records ({cohort.label}).
      </p>
      <RankScale rank={rank.rank} low={low} high={high} />
      <ul className="quiet">
        <li>
          95% CI: {ordinal(low)} to {ordinal(high)} percentile.
        </li>
        {stats && (
          <li>
            Their median is {money(stats.p50, currency)}; this is {compaRatio.toFixed(2)} times the median. Half of them
            are between {money(stats.p25, currency)} and {money(stats.p75, currency)}.
          </li>
        )}
        {stats?.cautions.map(({ message }) => (
          <li key={message}>{message}</li>
        ))}
      </ul>
    </div>
  );
}

function approximateShare(rank: number): string {
  if (rank < 1) return "less than 1%";
  return rank > 99 ? "more than 99%" : `about ${Math.round(rank)}%`;
}

/** A scale from 0 to 100 with the interval as a band and the rank as a mark. */
function RankScale({ rank, low, high }: { rank: number; low: number; high: number }) {
  return (
    <figure className="benchmark-scale" aria-hidden="true">
      <div className="benchmark-line">
        <span className="benchmark-band" style={{ left: `${low}%`, width: `${high - low}%` }} />
        <span className="benchmark-mark" style={{ left: `${rank}%` }} />
      </div>
      <figcaption>
        <span>lowest paid</span>
        <span>median</span>
        <span>highest paid</span>
      </figcaption>
    </figure>
  );
}
