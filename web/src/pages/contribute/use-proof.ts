import { useCallback, useEffect, useRef, useState } from "react";
import { prove, type Proof } from "./proof";

export type Progress = { stage: "waiting" } | { stage: "working"; tries: number } | { stage: "ready" } | { stage: "failed"; why: string };

/** A proof of work, begun as soon as it is `wanted`, and made anew where one was used or has grown old. */
export function useProof(wanted: boolean) {
  const [progress, setProgress] = useState<Progress>({ stage: "waiting" });
  const going = useRef<{ proof: Promise<Proof>; stop: AbortController } | null>(null);

  const drop = useCallback(() => {
    going.current?.stop.abort();
    going.current = null;
    setProgress({ stage: "waiting" });
  }, []);

  const begin = useCallback((): Promise<Proof> => {
    if (going.current) return going.current.proof;
    const stop = new AbortController();
    const here = (next: Progress) => !stop.signal.aborted && setProgress(next);
    here({ stage: "working", tries: 0 });
    const proof = prove((tries) => here({ stage: "working", tries }), stop.signal);
    going.current = { proof, stop };
    proof.then(
      () => here({ stage: "ready" }),
      (error: unknown) => {
        here({ stage: "failed", why: error instanceof Error ? error.message : String(error) });
        if (going.current?.stop === stop) going.current = null;
      },
    );
    return proof;
  }, []);

  /** One that can be sent now; raises ProofFailed. */
  const take = useCallback(async (): Promise<string> => {
    const found = await begin();
    if (Date.now() < found.goodUntil) return found.payload;
    drop();
    return (await begin()).payload;
  }, [begin, drop]);

  useEffect(() => {
    if (wanted) begin().catch(() => undefined); // `progress` says it
  }, [wanted, begin]);
  useEffect(() => drop, [drop]);

  return { progress, take, drop };
}
