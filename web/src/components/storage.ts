// The browser's storage, which readers and companies may block: reading it, or even naming it, then throws.

type Kind = "localStorage" | "sessionStorage";

/** A stored text; null if there is none or storage is blocked. */
export function readStored(kind: Kind, key: string): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null;
  }
}

/** Stores a text, or removes it for null; without storage it stays on the page alone. */
export function writeStored(kind: Kind, key: string, text: string | null): void {
  try {
    if (text === null) window[kind].removeItem(key);
    else window[kind].setItem(key, text);
  } catch {
    // blocked, or full
  }
}
