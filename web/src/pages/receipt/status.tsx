import { count, money } from "../../components/format";
import { graphql } from "../../gql";
import type { BenchmarkFragment, StatusFragment, SubmissionStatus } from "../../gql/graphql";
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

const STATUSES: Readonly<Record<SubmissionStatus, { title: string; words: string }>> = {
  HELD: { title: "Waits for a moderator", words: "It is not published yet, for this reason:" },
  ACCEPTED: {
    title: "Taken in",
    words: "It goes out with one of the next editions, once enough others share what is told of it.",
  },
  PUBLISHED: { title: "Published", words: "Its record is out, as coarse as it takes for others to share it." },
  REJECTED: { title: "Not published", words: "A moderator found that it cannot be published, and says why:" },
  WITHDRAWN: {
    title: "Withdrawn",
    words: "Its answers are deleted. Only that there was one is kept: its id, the time and this state.",
  },
};

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });

/** How far a submission has come, and where its pay stands. */
export function Status({ of: { status, reason, submittedAt, publishedIn, benchmark } }: { of: StatusFragment }) {
  const { title, words } = STATUSES[status];
  return (
    <div className="status">
      <p>
        <span className={`chip status-${status.toLowerCase()}`}>{title}</span>{" "}
        <span className="quiet">sent on {day.format(new Date(submittedAt))}</span>
      </p>
      <p>
        {words}
        {status === "PUBLISHED" &&
          publishedIn &&
          ` It came out with edition ${publishedIn.number} on ${day.format(new Date(publishedIn.publishedAt))}.`}
      </p>
      {reason && <blockquote>{reason}</blockquote>}
      {status !== "WITHDRAWN" && (
        <>
          <h3>Where the pay stands</h3>
          {benchmark ? (
            <Benchmark of={benchmark} />
          ) : (
            <p className="quiet">
              There are too few published records like it to tell. That changes as more people contribute.
            </p>
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

/** Where the pay stands among others, in words and as a small picture of them. */
export function Benchmark({ of: { measure, currency, compaRatio, rank, cohort } }: { of: BenchmarkFragment }) {
  const stats = measure === "BASE_SALARY" ? cohort.base : cohort.total;
  const what = measure === "BASE_SALARY" ? "base salary" : "total pay";
  const { low, high } = rank.interval;
  return (
    <div className="benchmark">
      <p>
        Of {count(rank.count)} published records ({cohort.label}), <strong>{about(rank.rank)}</strong> tell less than a{" "}
        {what} of <strong>{money(rank.amount, currency)}</strong> a year.
      </p>
      <Scale rank={rank.rank} low={low} high={high} />
      <ul className="quiet">
        <li>
          With so many records the true place lies between {Math.round(low)} and {Math.round(high)} in 100 (95%
          interval).
        </li>
        {stats && (
          <li>
            The middle one of them tells {money(stats.p50, currency)}: this is {compaRatio.toFixed(2)} times that. Half
            of them tell {money(stats.p25, currency)} to {money(stats.p75, currency)}.
          </li>
        )}
        {stats?.cautions.map(({ message }) => (
          <li key={message}>{message}</li>
        ))}
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
    <figure className="benchmark-scale" aria-hidden="true">
      <div className="benchmark-line">
        <span className="benchmark-band" style={{ left: `${low}%`, width: `${high - low}%` }} />
        <span className="benchmark-mark" style={{ left: `${rank}%` }} />
      </div>
      <figcaption>
        <span>lowest paid</span>
        <span>middle</span>
        <span>highest paid</span>
      </figcaption>
    </figure>
  );
}
