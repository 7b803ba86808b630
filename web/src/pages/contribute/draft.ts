import { useCallback, useEffect, useState } from "react";
import { readStored, writeStored } from "../../components/storage";
import type { SalarySubmissionInput } from "../../gql/graphql";
import { type Answers, emptyAnswers } from "./questions";

const STORAGE_KEY = "payrank-draft";

/** A submission without its proof of work, which is made again when it is sent again. */
export type Submission = Omit<SalarySubmissionInput, "proof">;

export interface Draft {
  /** The idempotency key: however often the draft is sent, it counts once. */
  key: string;
  answers: Answers;
  /** A submission that was sent without receiving a response; exactly the same has to be sent again. */
  unconfirmed: Submission | null;
}

function newDraft(): Draft {
  return { key: randomKey(), answers: emptyAnswers(), unconfirmed: null };
}

/** A random UUID, or random bytes where browsers have no `randomUUID`: on insecure connections. */
export function randomKey(): string {
  if (window.isSecureContext) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The stored draft; null if there is none or it is invalid. */
function loadDraft(): Draft | null {
  try {
    const stored = JSON.parse(readStored("localStorage", STORAGE_KEY) ?? "null") as Partial<Draft> | null;
    if (typeof stored?.key !== "string") return null;
    return { key: stored.key, answers: validAnswers(stored.answers), unconfirmed: stored.unconfirmed ?? null };
  } catch {
    return null;
  }
}

/** The stored answers whose type this version of the page expects; the others are empty. */
function validAnswers(stored: Partial<Answers> | undefined): Answers {
  const empty = emptyAnswers();
  const isValid = ([name, value]: [string, unknown]) => {
    if (!(name in empty)) return false;
    const expected = empty[name as keyof Answers];
    return typeof value === typeof expected && Array.isArray(value) === Array.isArray(expected);
  };
  return { ...empty, ...Object.fromEntries(Object.entries(stored ?? {}).filter(isValid)) };
}

function storeDraft(draft: Draft | null) {
  writeStored("localStorage", STORAGE_KEY, draft && JSON.stringify(draft));
}

/** The draft, stored in this browser on every change. It never contains a receipt. */
export function useDraft() {
  const [stored] = useState(loadDraft);
  const [draft, setDraft] = useState<Draft>(() => stored ?? newDraft());
  const [changed, setChanged] = useState(stored !== null);

  useEffect(() => {
    if (changed) storeDraft(draft);
  }, [draft, changed]);

  const change = useCallback((update: (draft: Draft) => Draft) => {
    setDraft(update);
    setChanged(true);
  }, []);
  const clear = useCallback(() => {
    storeDraft(null); // at once: after sending, the page may be closed before an effect runs
    setDraft(newDraft());
    setChanged(false);
  }, []);
  return { draft, change, clear, changed, resumed: stored !== null };
}
