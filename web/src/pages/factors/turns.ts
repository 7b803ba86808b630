import { useEffect, useState } from "react";

/** Lets a few do something at the same time; the others wait for their turn. */
export class Turns {
  private going = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** Calls `go` as soon as it may; whoever is done, or does not want any more, calls what this returns. */
  take(go: () => void): () => void {
    let mine = false;
    const start = () => {
      mine = true;
      this.going += 1;
      go();
    };
    if (this.going < this.most) start();
    else this.waiting.push(start);
    return () => {
      const at = this.waiting.indexOf(start);
      if (at >= 0) this.waiting.splice(at, 1);
      if (!mine) return;
      mine = false;
      this.going -= 1;
      this.waiting.shift()?.();
    };
  }
}

/** Whether it is this component's turn; it passes on when it is done or goes away. */
export function useTurn(turns: Turns, done: boolean): boolean {
  const [ours, setOurs] = useState(false);
  useEffect(() => (done ? undefined : turns.take(() => setOurs(true))), [turns, done]);
  return ours;
}
