import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Field } from "./field";

const SHORTEST = 3;

interface NoteDialogProps {
  title: string;
  label: string;
  hint: string;
  /** What the button does, and what it says while it does it. */
  verb: string;
  doing: string;
  /** As many characters as the service takes. */
  longest: number;
  /** Resolves to what is wrong, in words; to null where the dialog is done with. */
  send: (note: string) => Promise<string | null>;
  onClose: () => void;
}

/** Asks for a note to something, and sends it. */
export function NoteDialog({ title, label, hint, verb, doing, longest, send, onClose }: NoteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [note, setNote] = useState("");
  const [wrong, setWrong] = useState("");
  const [sending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (sending) return;
    if (note.trim().length < SHORTEST) return setWrong(`A few words, please: at least ${SHORTEST} characters.`);
    setSending(true);
    const problem = await send(note.trim());
    setSending(false);
    setWrong(problem ?? "");
  }

  return (
    <dialog ref={dialog} className="card note-dialog" aria-labelledby={heading} onClose={onClose}>
      <form noValidate onSubmit={(event) => void onSubmit(event)}>
        <h2 id={heading}>{title}</h2>
        <Field label={label} required hint={hint} error={wrong || undefined}>
          {(control) => (
            <textarea
              {...control}
              rows={4}
              maxLength={longest}
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
          <button type="submit" className="button button-main" aria-disabled={sending}>
            {sending ? doing : verb}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <span className="quiet">Ctrl Enter sends, Escape cancels.</span>
        </div>
      </form>
    </dialog>
  );
}
