import { useMutation } from "urql";
import type { ReviewDecision } from "../../gql/graphql";
import { NoteDialog } from "../../parts/note-dialog";
import { wordsOf } from "../../parts/states";
import { nameOf, ReviewSubmission, type Item } from "./review-queue";

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
      hint={decision === "REJECT" ? "Why. The contributor reads it, so say what they can do about it." : "Why it is good. It is kept with your name, for other moderators."}
      verb={verb}
      doing="Deciding…"
      longest={1_000}
      send={send}
      onClose={onClose}
    />
  );
}
