import type { Challenge, Solution } from "altcha-lib/types";
import { useCallback, useEffect, useRef, useState } from "react";
import { addressOf } from "../../base";
import type { WorkerMessage } from "./solve.worker";

export type Progress =
  | { stage: "waiting" }
  | { stage: "working"; attempts: number }
  | { stage: "ready" }
  | { stage: "failed"; reason: string };

/** A proof of work, started when it is `needed`, and made again if it was used or has expired. */
export function useProofOfWork(needed: boolean) {
  const [progress, setProgress] = useState<Progress>({ stage: "waiting" });
  const current = useRef<{ proof: Promise<Proof>; controller: AbortController } | null>(null);

  const discard = useCallback(() => {
    current.current?.controller.abort();
    current.current = null;
    setProgress({ stage: "waiting" });
  }, []);

  const start = useCallback((): Promise<Proof> => {
    if (current.current) return current.current.proof;
    const controller = new AbortController();
    const report = (next: Progress) => !controller.signal.aborted && setProgress(next);
    report({ stage: "working", attempts: 0 });
    const proof = prove((attempts) => report({ stage: "working", attempts }), controller.signal);
    current.current = { proof, controller };
    proof.then(
      () => report({ stage: "ready" }),
      (error: unknown) => {
        report({ stage: "failed", reason: error instanceof Error ? error.message : String(error) });
        if (current.current?.controller === controller) current.current = null;
      },
    );
    return proof;
  }, []);

  /** Resolves to a valid proof; rejects with ProofError. */
  const take = useCallback(async (): Promise<string> => {
    const proof = await start();
    if (Date.now() < proof.expiresAt) return proof.payload;
    discard();
    return (await start()).payload;
  }, [start, discard]);

  useEffect(() => {
    if (needed) start().catch(() => undefined); // `progress` reports it
  }, [needed, start]);
  useEffect(() => discard, [discard]);

  return { progress, take, discard };
}

/** A solved challenge as the API's input. */
interface Proof {
  payload: string;
  expiresAt: number;
}

class ProofError extends Error {}

/** Why there is no proof of work, from what `take` rejected with. */
export function proofFailure(error: unknown): string {
  return `The proof of work could not be made. ${error instanceof Error ? error.message : ""}`;
}

const LIFETIME = 9 * 60_000; // ms; the service accepts it for ten minutes

/** Fetches a challenge and solves it in a worker, so that the page stays responsive. */
async function prove(onAttempts: (attempts: number) => void, signal: AbortSignal): Promise<Proof> {
  const expiresAt = Date.now() + LIFETIME;
  const challenge = await fetchChallenge(signal);
  if (challenge.parameters.cost === 0) return { payload: "", expiresAt: Infinity }; // this service requires no proof
  if (!window.isSecureContext) {
    throw new ProofError("Browsers solve it only on a secure connection: open this page with https.");
  }
  const solution = await solve(challenge, onAttempts, signal);
  const { parameters, signature } = challenge;
  return { payload: btoa(JSON.stringify({ challenge: { parameters, signature }, solution })), expiresAt };
}

async function fetchChallenge(signal: AbortSignal): Promise<Challenge> {
  const response = await fetch(addressOf("/challenge"), { signal, cache: "no-store" }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ProofError("The service did not answer.");
  });
  if (!response.ok) throw new ProofError(`The service answered with status ${response.status}.`);
  return (await response.json()) as Challenge;
}

function solve(challenge: Challenge, onAttempts: (attempts: number) => void, signal: AbortSignal): Promise<Solution> {
  const worker = new Worker(new URL("./solve.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Solution>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if ("attempts" in data) onAttempts(data.attempts);
      else if ("solution" in data) resolve(data.solution);
      else reject(new ProofError(data.error));
    };
    worker.onerror = () => reject(new ProofError("The browser could not start it."));
    signal.addEventListener("abort", () => reject(new ProofError("It was cancelled.")));
    worker.postMessage(challenge);
  }).finally(() => worker.terminate());
}
