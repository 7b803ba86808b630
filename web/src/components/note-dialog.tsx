import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Field } from "./field";

const MIN_LENGTH = 3;

interface NoteDialogProps {
  title: string;
  label: string;
  hint: string;
  /** The label of the submit button, and its label while sending. */
  submitLabel: string;
  sendingLabel: string;
  maxLength: number;
  /** Resolves to an error message, or to null on success. */
  send: (note: string) => Promise<string | null>;
  onClose: () => void;
}

/** A modal dialog that asks for a note and sends it. */
export function NoteDialog({
  title,
  label,
  hint,
  submitLabel,
  sendingLabel,
  maxLength,
  send,
  onClose,
}: NoteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [note, setNote] = useState("");
  const [error, setError] = useState("");
  const [sending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (sending) return;
    if (note.trim().length < MIN_LENGTH) return setError(`Write at least ${MIN_LENGTH} characters.`);
    setSending(true);
    const failure = await send(note.trim());
    setSending(false);
    setError(failure ?? "");
  }

  return (
    <dialog ref={dialog} className="card note-dialog" aria-labelledby={heading} onClose={onClose}>
      <form noValidate onSubmit={(event) => void onSubmit(event)}>
        <h2 id={heading}>{title}</h2>
        <Field label={label} required hint={hint} error={error || undefined}>
          {(control) => (
            <textarea
              {...control}
              rows={4}
              maxLength={maxLength}
              value={note}
              onChange={(event) => {
                setNote(event.target.value);
                setError("");
              }}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void onSubmit(event);
              }}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="button button-main" aria-disabled={sending}>
            {sending ? sendingLabel : submitLabel}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <span className="quiet">Ctrl+Enter sends, Escape cancels.</span>
        </div>
      </form>
    </dialog>
  );
}
