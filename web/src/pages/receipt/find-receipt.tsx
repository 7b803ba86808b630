import { useRef, useState, type FormEvent } from "react";
import { Field } from "../../parts/field";
import { flawOf } from "./receipt-text";

/** Where a receipt is typed or pasted. It is no form that a browser would remember. */
export function FindReceipt({ onFound }: { onFound: (receipt: string) => void }) {
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const flaw = flawOf(typed);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (flaw) input.current?.focus();
    else onFound(typed);
  }

  return (
    <form className="card" noValidate onSubmit={onSubmit}>
      <Field label="Receipt" required hint="Eight groups of four letters and digits. Spaces, dashes and small letters do not matter." error={tried && flaw ? flaw : undefined}>
        {(control) => (
          <textarea
            {...control}
            ref={input}
            className="input receipt-typed"
            rows={2}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") onSubmit(event);
            }}
          />
        )}
      </Field>
      <div className="row">
        <button type="submit" className="button button-main">
          Show my submission
        </button>
      </div>
      <p className="quiet">The receipt stays in this page’s memory: not in the address, not in the browser’s storage. Without it nobody can find your submission, and neither can we.</p>
    </form>
  );
}
