import { useEffect, useEffectEvent } from "react";
import type { CombinedError } from "urql";
import { Failure, wordsOf } from "../../parts/states";
import type { ViewControl } from "./use-view";

/** Why the page cannot be told: no connection, which it waits for, or an address that the service does not understand. */
export function Trouble({ error, retry, view, change }: ViewControl & { error: CombinedError; retry: () => void }) {
  const offline = Boolean(error.networkError);
  const onBack = useEffectEvent(retry);
  useEffect(() => {
    if (!offline) return;
    const back = () => onBack();
    window.addEventListener("online", back);
    return () => window.removeEventListener("online", back);
  }, [offline]);

  return (
    <div className="trouble">
      <Failure message={wordsOf(error)} {...(offline && { retry })} />
      {!offline && view.conditions.length > 0 && (
        <button type="button" className="button" onClick={() => change({ conditions: [] })}>
          Clear all filters
        </button>
      )}
    </div>
  );
}
