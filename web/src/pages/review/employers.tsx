import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { count } from "../../components/format";
import { NoteDialog } from "../../components/note-dialog";
import { errorMessage } from "../../components/query";
import { graphql } from "../../gql";
import type { EmployerCandidatesQuery, ReviewDecision } from "../../gql/graphql";

const EmployerCandidates = graphql(`
  query EmployerCandidates {
    employerCandidates {
      name
      submissions
      lookalikes { code label }
      warning
    }
  }
`);

const ReviewEmployer = graphql(`
  mutation ReviewEmployer($name: String!, $decision: ReviewDecision!, $note: String!, $sameAs: Code) {
    reviewEmployer(name: $name, decision: $decision, note: $note, sameAs: $sameAs) {
      employer { code }
      userErrors { code message }
    }
  }
`);

type Candidate = EmployerCandidatesQuery["employerCandidates"][number];

/** A name to decide on, as a sentence for the dialog, and what to send. */
interface Pending {
  title: string;
  name: string;
  decision: ReviewDecision;
  sameAs?: string;
}

/** Employer names of contributions by invitation that need a decision; nothing if there are none. */
export function Employers() {
  const [{ data }, refetch] = useQuery({ query: EmployerCandidates });
  const [pending, setPending] = useState<Pending | null>(null);
  const [notice, setNotice] = useState("");
  const candidates = data?.employerCandidates ?? [];
  if (candidates.length === 0 && !notice) return null;

  function onDone(message: string) {
    setPending(null);
    setNotice(message);
    refetch();
  }

  return (
    <section className="card" aria-labelledby="employers-heading">
      <h2 id="employers-heading">Employer names</h2>
      <p className="quiet">
        Contributions by invitation with these names are published without an employer until you accept the name. Undo a
        decision with <code>payrank employer undo</code>.
      </p>
      <p role="status">{notice}</p>
      <ul className="decided">
        {candidates.map((candidate) => (
          <EmployerName key={candidate.name} candidate={candidate} onDecide={setPending} />
        ))}
      </ul>
      {pending && <EmployerDialog {...pending} onDone={onDone} onClose={() => setPending(null)} />}
    </section>
  );
}

/** A name with its lookalikes, and a button for each decision. */
function EmployerName({ candidate, onDecide }: { candidate: Candidate; onDecide: (pending: Pending) => void }) {
  const { name, submissions, lookalikes, warning } = candidate;
  return (
    <li className="row">
      <span>
        <bdi>{name}</bdi>{" "}
        <span className="quiet">
          {count(submissions)} {submissions === 1 ? "submission" : "submissions"}
        </span>
      </span>
      {warning && <span className="chip chip-warn">{warning}</span>}
      <button
        type="button"
        className="button button-quiet"
        onClick={() => onDecide({ title: `Accept ${name} as a new employer`, name, decision: "ACCEPT" })}
      >
        Accept as new…<span className="visually-hidden"> {name}</span>
      </button>
      {lookalikes.map(({ code, label }) => (
        <button
          key={code}
          type="button"
          className="button button-quiet"
          onClick={() => onDecide({ title: `Accept ${name} as ${label}`, name, decision: "ACCEPT", sameAs: code })}
        >
          Same as {label}…<span className="visually-hidden"> {name}</span>
        </button>
      ))}
      <button
        type="button"
        className="button button-quiet"
        onClick={() => onDecide({ title: `Reject ${name}`, name, decision: "REJECT" })}
      >
        Reject…<span className="visually-hidden"> {name}</span>
      </button>
    </li>
  );
}

interface EmployerDialogProps extends Pending {
  /** Called with the outcome in words. */
  onDone: (message: string) => void;
  onClose: () => void;
}

/** Asks for the note to a decision and sends both. */
function EmployerDialog({ title, name, decision, sameAs, onDone, onClose }: EmployerDialogProps) {
  const [, review] = useMutation(ReviewEmployer);

  async function send(note: string): Promise<string | null> {
    const { data, error } = await review({ name, decision, note, sameAs: sameAs ?? null });
    if (error) return errorMessage(error);
    const errors = data?.reviewEmployer.userErrors ?? [];
    const message = errors.map(({ message }) => message).join(" ");
    if (errors.some(({ code }) => code !== "NOT_ALLOWED")) return message;
    onDone(message || `${decision === "ACCEPT" ? "Accepted" : "Rejected"}: ${name}.`);
    return null;
  }

  return (
    <NoteDialog
      title={title}
      label="Note"
      hint="The reason, stored with your name for other moderators."
      submitLabel={decision === "ACCEPT" ? "Accept" : "Reject"}
      sendingLabel="Sending…"
      maxLength={1_000}
      send={send}
      onClose={onClose}
    />
  );
}
