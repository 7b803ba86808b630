import { useEffect, useRef, useState } from "react";

/** Says where the answers are, and forgets them there once that was said twice. */
export function ClearDraft({ changed, clear }: { changed: boolean; clear: () => void }) {
  const [sure, setSure] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (sure) keep.current?.focus();
  }, [sure]);

  return (
    <div className="row quiet">
      <p>{changed ? "Your answers are saved" : "Answers are saved"} in this browser as you type. Nothing is sent before you press Send.</p>
      {changed && !sure && (
        <button type="button" className="button button-quiet" onClick={() => setSure(true)}>
          Clear all answers…
        </button>
      )}
      {changed && sure && (
        <span className="row" role="group" aria-label="Clear all answers?">
          <button type="button" className="button" ref={keep} onClick={() => setSure(false)}>
            Keep them
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              setSure(false);
              clear();
            }}
          >
            Clear them
          </button>
        </span>
      )}
    </div>
  );
}
