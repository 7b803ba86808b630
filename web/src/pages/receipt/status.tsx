import { graphql } from "../../gql";
import type { StatusFragment, SubmissionStatus } from "../../gql/graphql";
import { Standing } from "./standing";
import "./status.css";

graphql(`
  fragment Status on Submission {
    id
    status
    reason
    submittedAt
    publishedIn { number publishedAt }
    standing { ...Standing }
  }
`);

const STATUSES: Readonly<Record<SubmissionStatus, { title: string; words: string }>> = {
  HELD: { title: "Waits for a moderator", words: "It is not published yet, for this reason:" },
  ACCEPTED: { title: "Taken in", words: "It goes out with one of the next editions, once enough others share what is told of it." },
  PUBLISHED: { title: "Published", words: "Its record is out, as coarse as it takes for others to share it." },
  REJECTED: { title: "Not published", words: "A moderator found that it cannot be published, and says why:" },
  WITHDRAWN: { title: "Withdrawn", words: "Its answers are deleted. Only that there was one is kept: its id, the time and this state." },
};

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });

/** How far a submission has come, and where its pay stands. */
export function Status({ of: { status, reason, submittedAt, publishedIn, standing } }: { of: StatusFragment }) {
  const { title, words } = STATUSES[status];
  return (
    <div className="status">
      <p>
        <span className={`chip status-${status.toLowerCase()}`}>{title}</span> <span className="quiet">sent on {day.format(new Date(submittedAt))}</span>
      </p>
      <p>
        {words}
        {status === "PUBLISHED" && publishedIn && ` It came out with edition ${publishedIn.number} on ${day.format(new Date(publishedIn.publishedAt))}.`}
      </p>
      {reason && <blockquote>{reason}</blockquote>}
      {status !== "WITHDRAWN" && (
        <>
          <h3>Where the pay stands</h3>
          {standing ? <Standing of={standing} /> : <p className="quiet">There are too few published records like it to tell. That changes as more people contribute.</p>}
        </>
      )}
    </div>
  );
}
