import type { Verdict } from "./claim";

const SIGNS: Record<Verdict, string> = { supported: "✓", "in part": "◐", "not supported": "✕", "too little data": "?" };

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  supported: "Supported",
  "in part": "Supported in part",
  "not supported": "Not supported",
  "too little data": "Too little data",
};

/** How a claim stands, in a word. */
export function VerdictChip({ verdict }: { verdict: Verdict }) {
  return (
    <span className={`chip verdict verdict-${verdict.replaceAll(" ", "-")}`}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {VERDICTS[verdict]}
    </span>
  );
}
