import { useEffect, useId, useRef, useState, type FormEvent } from "react";
import { useMutation } from "urql";
import type { ReviewDecision } from "../../gql/graphql";
import { Field } from "../../parts/field";
import { wordsOf } from "../../parts/states";
import { nameOf, ReviewSubmission, type Item } from "./review-queue";

const SHORTEST = 3;
const LONGEST = 1_000;

interface DecideProps {
  item: Item;
  decision: ReviewDecision;
  onDone: (words: string) => void;
  onClose: () => void;
}

/** Asks for the note that goes with a decision, and takes the decision. */
export function Decide({ item, decision, onDone, onClose }: DecideProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [note, setNote] = useState("");
  const [wrong, setWrong] = useState("");
  const [{ fetching }, review] = useMutation(ReviewSubmission);
  const verb = decision === "ACCEPT" ? "Accept" : "Reject";
  useEffect(() => dialog.current?.showModal(), []);

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (fetching) return;
    if (note.trim().length < SHORTEST) return setWrong(`A few words, please: at least ${SHORTEST} characters.`);
    const { data, error } = await review({ id: item.submission.id, decision, note });
    const errors = data?.reviewSubmission.userErrors ?? [];
    if (error) setWrong(wordsOf(error));
    else if (errors.some(({ code }) => code === "NOT_ALLOWED" || code === "NOT_FOUND")) onDone(errors.map(({ message }) => message).join(" "));
    else if (errors.length) setWrong(errors.map(({ message }) => message).join(" "));
    else onDone(`${verb}ed: ${nameOf(item)}.`);
  }

  return (
    <dialog ref={dialog} className="card decide" aria-labelledby={heading} onClose={onClose}>
      <form noValidate onSubmit={(event) => void onSubmit(event)}>
        <h2 id={heading}>
          {verb}: {nameOf(item)}
        </h2>
        <Field
          label="Note"
          required
          hint={decision === "REJECT" ? "Why. The contributor reads it, so say what they can do about it." : "Why it is good. It is kept with your name, for other moderators."}
          error={wrong || undefined}
        >
          {(control) => (
            <textarea
              {...control}
              rows={4}
              maxLength={LONGEST}
              value={note}
              onChange={(event) => {
                setNote(event.target.value);
                setWrong("");
              }}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void onSubmit(event);
              }}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="button button-main" aria-disabled={fetching}>
            {fetching ? "Deciding…" : verb}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <span className="quiet">Ctrl Enter decides, Escape cancels.</span>
        </div>
      </form>
    </dialog>
  );
}
