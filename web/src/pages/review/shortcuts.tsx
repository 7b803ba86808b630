import type { ReviewDecision } from "../../gql/graphql";

/** By how many items a key moves. */
export function moveOf(key: string): number {
  return { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key] ?? 0;
}

export function decisionOf(key: string): ReviewDecision | null {
  const decisions: Readonly<Record<string, ReviewDecision>> = { a: "ACCEPT", r: "REJECT" };
  return decisions[key] ?? null;
}

/** The keys, listed. They work while the focus is in the queue. */
export function Shortcuts() {
  return (
    <dl className="shortcuts" aria-label="Keys">
      <div>
        <dt>
          <kbd>j</kbd> <kbd>↓</kbd>
        </dt>
        <dd>next</dd>
      </div>
      <div>
        <dt>
          <kbd>k</kbd> <kbd>↑</kbd>
        </dt>
        <dd>previous</dd>
      </div>
      <div>
        <dt>
          <kbd>a</kbd>
        </dt>
        <dd>accept</dd>
      </div>
      <div>
        <dt>
          <kbd>r</kbd>
        </dt>
        <dd>reject</dd>
      </div>
    </dl>
  );
}
