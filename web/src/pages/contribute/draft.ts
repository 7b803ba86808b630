import { useCallback, useEffect, useState } from "react";
import type { SalarySubmissionInput } from "../../gql/graphql";
import { type Answers, noAnswers } from "./questions";

const KEEP = "payrank-draft";

/** A request without its proof of work, which is made anew where it has to be. */
export type Sent = Omit<SalarySubmissionInput, "proof">;

export interface Draft {
  /** Made once: whatever is sent again under it counts once. */
  key: string;
  answers: Answers;
  /** What was sent when no answer came, until one does. The very same has to be sent again. */
  unanswered: Sent | null;
}

function fresh(): Draft {
  return { key: newKey(), answers: noAnswers(), unanswered: null };
}

/** A random UUID; browsers make them only where the connection is secure, random bytes everywhere. */
export function newKey(): string {
  if (window.isSecureContext) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What this browser has kept; anything that is no draft of this version of the page is left out. */
function kept(): Draft | null {
  try {
    const found = JSON.parse(localStorage.getItem(KEEP) ?? "null") as Partial<Draft> | null;
    if (typeof found?.key !== "string") return null;
    return { key: found.key, answers: fitting(found.answers), unanswered: found.unanswered ?? null };
  } catch {
    return null;
  }
}

function fitting(found: Partial<Answers> | undefined): Answers {
  const none = noAnswers();
  const fits = Object.entries(found ?? {}).filter(
    ([name, value]) =>
      name in none &&
      typeof value === typeof none[name as keyof Answers] &&
      Array.isArray(value) === Array.isArray(none[name as keyof Answers]),
  );
  return { ...none, ...Object.fromEntries(fits) };
}

function keep(draft: Draft | null) {
  try {
    if (draft) localStorage.setItem(KEEP, JSON.stringify(draft));
    else localStorage.removeItem(KEEP);
  } catch {
    // A browser that keeps nothing is no reason to stop: the answers are still on the page.
  }
}

/** The draft, kept in this browser alone with every change. It never holds a receipt. */
export function useDraft() {
  const [found] = useState(kept);
  const [draft, setDraft] = useState<Draft>(() => found ?? fresh());
  const [changed, setChanged] = useState(found !== null);

  useEffect(() => {
    if (changed) keep(draft);
  }, [draft, changed]);

  const change = useCallback((by: (draft: Draft) => Draft) => {
    setDraft(by);
    setChanged(true);
  }, []);
  const clear = useCallback(() => {
    keep(null); // at once: with the last answer sent, this page may go before an effect has run
    setDraft(fresh());
    setChanged(false);
  }, []);
  return { draft, change, clear, changed, resumed: found !== null };
}
