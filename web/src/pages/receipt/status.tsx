import { count, money, ordinal } from "../../components/format";
import { graphql } from "../../gql";
import type { BenchmarkFragment, StatusFragment, SubmissionStatus } from "../../gql/graphql";
import { LIFETIME_MONTHS, RELEASE_DAYS } from "../contribute/release";
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

const STATUSES: Readonly<Record<SubmissionStatus, { title: string; text: string }>> = {
  RECEIVED: {
    title: "Received",
    text: `It can be published in the next release if enough contributors share its role, level and country. Releases are every ${RELEASE_DAYS} days by default.`,
  },
  WAITING: {
    title: "Waiting",
    text: "It was not in the last release: too few contributors share its role, level and country, or a moderator has to review it, or has rejected it. After some releases a coarser class is enough, such as the role and the country.",
  },
  PUBLISHED: {
    title: "Published",
    text: "Its pay is published to about 10%, together with that of enough others of the same class.",
  },
  WITHDRAWN: {
    title: "Withdrawn",
    text: `Its answers and the link to its records are deleted. Only its id, its time and this status remain. Records that were published may stay among others of their class for up to ${LIFETIME_MONTHS} months.`,
  },
};

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });

/** The status of a submission and the benchmark of its pay. */
export function Status({ of: { status, reason, submittedAt, publishedIn, benchmark } }: { of: StatusFragment }) {
  const { title, text } = STATUSES[status];
  const published = status === "PUBLISHED" && publishedIn;
  return (
    <div className="status">
      <p>
        <span className={`chip status-${status.toLowerCase()}`}>{title}</span>{" "}
        <span className="quiet">sent on {day.format(new Date(submittedAt))}</span>
      </p>
      <p>
        {text}
        {published &&
          ` It was published in edition ${published.number} on ${day.format(new Date(published.publishedAt))}.`}
      </p>
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
