import { useMutation } from "urql";
import { money, words } from "../../components/format";
import { NoteDialog } from "../../components/note-dialog";
import { wordsOf } from "../../components/query";
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

export const ReviewSubmission = graphql(`
  mutation ReviewSubmission($id: ID!, $decision: ReviewDecision!, $note: String!) {
    reviewSubmission(id: $id, decision: $decision, note: $note) {
      submission { id status }
      userErrors { code message }
    }
  }
`);

export type Item = ReviewQueueQuery["reviewQueue"]["nodes"][number];

export const FINDINGS: Readonly<Record<FindingCode, string>> = {
  OUTLIER: "Far from others’ pay",
  INCONSISTENT: "Answers don’t go together",
  LIKELY_DUPLICATE: "Likely told twice",
  BURST: "Many at once",
  FLAGGED: "Flagged by readers",
};

/** An item in a line: who it is about, and what they tell. */
export function nameOf({ level, role, metro, country }: Item): string {
  return `${level.charAt(0)}${level.slice(1).toLowerCase()} ${role.label}, ${metro ? `${metro.label}, ` : ""}${country.label}`;
}

/** What one submission tells, what is doubtful about it, and its pay beside its cohort's. */
export function Record({ item, onDecide }: { item: Item; onDecide: (decision: ReviewDecision) => void }) {
  const { submission, findings, pay } = item;
  return (
    <section className="card" aria-labelledby="record-heading">
      <h2 id="record-heading">{nameOf(item)}</h2>
      <p className="quiet">
        {submission.status === "PUBLISHED" ? "Published, and flagged by readers" : "Held, not published yet"}
      </p>
      <dl className="facts">
        <Fact
          name="Base salary"
          told={pay.baseSalary === null ? "not told" : `${money(pay.baseSalary, pay.currency)} a year`}
        />
        <Fact name="With bonus and equity, in US dollars" told={`${money(item.totalCompensation, "USD")} a year`} />
        <Fact name="Level" told={words(item.level)} />
        <Fact name="Experience" told={`${item.experience} ${item.experience === 1 ? "year" : "years"}`} />
        <Fact name="Pay of" told={item.effective} />
      </dl>
      <h3>What is doubtful</h3>
      {findings.length === 0 && <p>It was rejected before and amended since; nothing of it is doubtful by itself.</p>}
      <ul className="findings">
        {findings.map(({ code, message, score }) => (
          <li key={code + message}>
            <span className="chip chip-warn">{FINDINGS[code]}</span> {message}
            {score !== null && scoreWords(code, score)}
          </li>
        ))}
      </ul>
      <h3>Beside its cohort</h3>
      {submission.benchmark ? (
        <Benchmark of={submission.benchmark} />
      ) : (
        <p className="quiet">Too few published records are like it to compare with.</p>
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

function Fact({ name, told }: { name: string; told: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{told}</dd>
    </div>
  );
}

/** A finding's score in words; what it counts depends on the finding. */
function scoreWords(code: Item["findings"][number]["code"], score: number): string | null {
  const spreads = `${Math.abs(score).toFixed(1)} spreads ${score < 0 ? "below" : "above"} the median`;
  if (code === "OUTLIER" || code === "INCONSISTENT") return ` (${spreads})`;
  if (code === "LIKELY_DUPLICATE") return ` (${score.toPrecision(2)} such matches are to be expected by chance)`;
  return null;
}

interface DecideProps {
  item: Item;
  decision: ReviewDecision;
  onDone: (words: string) => void;
  onClose: () => void;
}

/** Asks for the note that goes with a decision, and takes the decision. */
export function Decide({ item, decision, onDone, onClose }: DecideProps) {
  const [, review] = useMutation(ReviewSubmission);
  const verb = decision === "ACCEPT" ? "Accept" : "Reject";

  async function send(note: string): Promise<string | null> {
    const { data, error } = await review({ id: item.submission.id, decision, note });
    if (error) return wordsOf(error);
    const errors = data?.reviewSubmission.userErrors ?? [];
    const said = errors.map(({ message }) => message).join(" ");
    const settled = errors.some(({ code }) => code === "NOT_ALLOWED" || code === "NOT_FOUND"); // there is nothing to decide any more
    if (errors.length && !settled) return said;
    onDone(said || `${verb}ed: ${nameOf(item)}.`);
    return null;
  }

  return (
    <NoteDialog
      title={`${verb}: ${nameOf(item)}`}
      label="Note"
      hint={
        decision === "REJECT"
          ? "Why. The contributor reads it, so say what they can do about it."
          : "Why it is good. It is kept with your name, for other moderators."
      }
      verb={verb}
      doing="Deciding…"
      longest={1_000}
      send={send}
      onClose={onClose}
    />
  );
}
