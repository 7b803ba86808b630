import { useMutation } from "urql";
import { money, words } from "../../components/format";
import { NoteDialog } from "../../components/note-dialog";
import { errorMessage } from "../../components/query";
import { graphql } from "../../gql";
import type { FindingCode, ReviewDecision, ReviewQueueQuery } from "../../gql/graphql";
import { Benchmark } from "../receipt/status";

export const ReviewQueue = graphql(`
  query ReviewQueue($after: String, $finding: FindingCode) {
    reviewQueue(first: 20, after: $after, finding: $finding) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        submission { ...Status }
        findings { code message score }
        role { label }
        level
        experience
        country { label }
        metro { label }
        effective
        pay { currency baseSalary }
        totalCompensation
        flags
      }
    }
  }
`);

const ReviewSubmission = graphql(`
  mutation ReviewSubmission($id: ID!, $decision: ReviewDecision!, $note: String!) {
    reviewSubmission(id: $id, decision: $decision, note: $note) {
      submission { id status }
      userErrors { code message }
    }
  }
`);

export type Item = ReviewQueueQuery["reviewQueue"]["nodes"][number];

export const FINDINGS: Readonly<Record<FindingCode, string>> = {
  OUTLIER: "Outlier",
  INCONSISTENT: "Inconsistent answers",
  LIKELY_DUPLICATE: "Likely duplicate",
  BURST: "Burst",
  FLAGGED: "Flagged by readers",
};

/** The title of an item: level, role and place. */
export function nameOf({ level, role, metro, country }: Item): string {
  return `${level.charAt(0)}${level.slice(1).toLowerCase()} ${role.label}, ${metro ? `${metro.label}, ` : ""}${country.label}`;
}

/** A submission with its findings and the benchmark of its pay. */
export function SubmissionCard({ item, onDecide }: { item: Item; onDecide: (decision: ReviewDecision) => void }) {
  const { submission, findings, pay } = item;
  return (
    <section className="card" aria-labelledby="submission-heading">
      <h2 id="submission-heading">{nameOf(item)}</h2>
      <p className="quiet">
        {submission.status === "PUBLISHED" ? "Published and flagged by readers" : "Held, not published yet"}
      </p>
      <dl className="facts">
        <Fact
          name="Base salary"
          value={pay.baseSalary === null ? "not reported" : `${money(pay.baseSalary, pay.currency)} per year`}
        />
        <Fact name="Total compensation in US dollars" value={`${money(item.totalCompensation, "USD")} per year`} />
        <Fact name="Level" value={words(item.level)} />
        <Fact name="Experience" value={`${item.experience} ${item.experience === 1 ? "year" : "years"}`} />
        <Fact name="Month" value={item.effective} />
      </dl>
      <h3>Findings</h3>
      {findings.length === 0 && <p>It was rejected before and has been amended; there are no other findings.</p>}
      <ul className="findings">
        {findings.map(({ code, message, score }) => (
          <li key={code + message}>
            <span className="chip chip-warn">{FINDINGS[code]}</span> {message}
            {score !== null && scoreText(code, score)}
          </li>
        ))}
      </ul>
      <h3>Benchmark</h3>
      {submission.benchmark ? (
        <Benchmark of={submission.benchmark} />
      ) : (
        <p className="quiet">There are not enough similar published records to compare with.</p>
      )}
      <div className="row">
        <button type="button" className="button button-main" aria-keyshortcuts="a" onClick={() => onDecide("ACCEPT")}>
          Accept…
        </button>
        <button type="button" className="button" aria-keyshortcuts="r" onClick={() => onDecide("REJECT")}>
          Reject…
        </button>
      </div>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** A finding's score in words; its meaning depends on the finding. */
function scoreText(code: Item["findings"][number]["code"], score: number): string | null {
  const deviations = `${Math.abs(score).toFixed(1)} deviations ${score < 0 ? "below" : "above"} the median`;
  if (code === "OUTLIER" || code === "INCONSISTENT") return ` (${deviations})`;
  if (code === "LIKELY_DUPLICATE") return ` (${score.toPrecision(2)} such matches expected by chance)`;
  return null;
}

interface DecisionDialogProps {
  item: Item;
  decision: ReviewDecision;
  onDone: (message: string) => void;
  onClose: () => void;
}

/** Asks for the note to a decision and sends both. */
export function DecisionDialog({ item, decision, onDone, onClose }: DecisionDialogProps) {
  const [, review] = useMutation(ReviewSubmission);
  const verb = decision === "ACCEPT" ? "Accept" : "Reject";

  async function send(note: string): Promise<string | null> {
    const { data, error } = await review({ id: item.submission.id, decision, note });
    if (error) return errorMessage(error);
    const errors = data?.reviewSubmission.userErrors ?? [];
    const message = errors.map(({ message }) => message).join(" ");
    const alreadyDecided = errors.some(({ code }) => code === "NOT_ALLOWED" || code === "NOT_FOUND");
    if (errors.length && !alreadyDecided) return message;
    onDone(message || `${verb}ed: ${nameOf(item)}.`);
    return null;
  }

  return (
    <NoteDialog
      title={`${verb}: ${nameOf(item)}`}
      label="Note"
      hint={
        decision === "REJECT"
          ? "The reason. The contributor reads it, so say what they can do."
          : "The reason, stored with your name for other moderators."
      }
      submitLabel={verb}
      sendingLabel="Sending…"
      maxLength={1_000}
      send={send}
      onClose={onClose}
    />
  );
}
