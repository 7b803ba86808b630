import type { Challenge, Solution } from "altcha-lib/types";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Said } from "./solve.worker";

export type Progress =
  | { stage: "waiting" }
  | { stage: "working"; tries: number }
  | { stage: "ready" }
  | { stage: "failed"; why: string };

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

/** A solved challenge, as the service takes it. */
export interface Proof {
  payload: string;
  /** By this clock; the service takes it for ten minutes, and it has to get there. */
  goodUntil: number;
}

export class ProofFailed extends Error {}

const GOOD_FOR = 9 * 60_000; // ms

/** Gets a challenge and has it solved beside the page, which stays free to be typed in. */
export async function prove(onTries: (tries: number) => void, signal: AbortSignal): Promise<Proof> {
  const goodUntil = Date.now() + GOOD_FOR;
  const challenge = await challengeFrom("/challenge", signal);
  if (challenge.parameters.cost === 0) return { payload: "", goodUntil: Infinity }; // this service asks for none
  if (!window.isSecureContext)
    throw new ProofFailed("Browsers solve it only over a secure connection: open this page by https.");
  const solution = await solved(challenge, onTries, signal);
  const { parameters, signature } = challenge;
  return { payload: btoa(JSON.stringify({ challenge: { parameters, signature }, solution })), goodUntil };
}

async function challengeFrom(address: string, signal: AbortSignal): Promise<Challenge> {
  const answer = await fetch(address, { signal, cache: "no-store" }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ProofFailed("The service did not answer.");
  });
  if (!answer.ok) throw new ProofFailed(`The service answered with status ${answer.status}.`);
  return (await answer.json()) as Challenge;
}

function solved(challenge: Challenge, onTries: (tries: number) => void, signal: AbortSignal): Promise<Solution> {
  const worker = new Worker(new URL("./solve.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Solution>((done, failed) => {
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if ("tries" in data) onTries(data.tries);
      else if ("solution" in data) done(data.solution);
      else failed(new ProofFailed(data.failed));
    };
    worker.onerror = () => failed(new ProofFailed("The browser could not start it."));
    signal.addEventListener("abort", () => failed(new ProofFailed("It was stopped.")));
    worker.postMessage(challenge);
  }).finally(() => worker.terminate());
}
