import { useMutation } from "urql";
import { LIFETIME_MONTHS } from "../../components/contribution-rules";
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
        workMode
        employerName
        skills { label }
        effective
        pay { currency baseSalary }
        bonus
        equity
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
  const yearly = (amount: number | null) =>
    amount === null ? "not reported" : `${money(amount, pay.currency)} per year`;
  return (
    <section className="card" aria-labelledby="submission-heading">
      <h2 id="submission-heading">{nameOf(item)}</h2>
      <p className="quiet">
        {submission.status === "PUBLISHED"
          ? `Published and flagged by readers. Rejecting it withdraws its records: they are removed with enough others, or ${LIFETIME_MONTHS} months after their release.`
          : "Held, not published yet"}
      </p>
      <dl className="facts">
        <Fact name="Base salary" value={yearly(pay.baseSalary)} />
        <Fact name="Bonus" value={yearly(item.bonus)} />
        <Fact name="Equity" value={yearly(item.equity)} />
        <Fact name="Total compensation in US dollars" value={`${money(item.totalCompensation, "USD")} per year`} />
        <Fact name="Level" value={words(item.level)} />
        <Fact name="Experience" value={`${item.experience} ${item.experience === 1 ? "year" : "years"}`} />
        <Fact name="Work mode" value={item.workMode ? words(item.workMode) : "not reported"} />
        <Fact name="Employer, as written" value={item.employerName ?? "not reported"} />
        <Fact name="Skills" value={item.skills.map(({ label }) => label).join(", ") || "not reported"} />
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

/** Something to decide: a submission, by its id and title, and the decision to send with a note. */
export interface PendingDecision {
  id: string;
  name: string;
  decision: ReviewDecision;
}

interface DecisionDialogProps extends PendingDecision {
  /** Called with the outcome in words, and whether the decision was stored. */
  onDone: (message: string, stored: boolean) => void;
  onClose: () => void;
}

export const WORDS: Readonly<Record<ReviewDecision, { verb: string; done: string }>> = {
  ACCEPT: { verb: "Accept", done: "Accepted" },
  REJECT: { verb: "Reject", done: "Rejected" },
  UNDO: { verb: "Undo", done: "Undone" },
};

/** Asks for the note to a decision and sends both. */
export function DecisionDialog({ id, name, decision, onDone, onClose }: DecisionDialogProps) {
  const [, review] = useMutation(ReviewSubmission);
  const { verb, done } = WORDS[decision];

  async function send(note: string): Promise<string | null> {
    const { data, error } = await review({ id, decision, note });
    if (error) return errorMessage(error);
    const errors = data?.reviewSubmission.userErrors ?? [];
    const message = errors.map(({ message }) => message).join(" ");
    const alreadyDecided = errors.some(({ code }) => code === "NOT_ALLOWED" || code === "NOT_FOUND");
    if (errors.length && !alreadyDecided) return message;
    onDone(message || `${done}: ${name}.`, !message);
    return null;
  }

  return (
    <NoteDialog
      title={`${verb}: ${name}`}
      label="Note"
      hint="The reason, stored with your name for other moderators."
      submitLabel={verb}
      sendingLabel="Sending…"
      maxLength={1_000}
      send={send}
      onClose={onClose}
    />
  );
}
