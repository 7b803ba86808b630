import type { ReactNode } from "react";

/** A text with its parts between backticks set as code. */
export function withCode(text: string): ReactNode[] {
  return text.split("`").map((part, number) => (number % 2 ? <code key={number}>{part}</code> : part));
}
