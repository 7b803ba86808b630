import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import type { Challenge, Solution } from "altcha-lib/types";

/** Messages of the worker: its progress, and in the end a solution or an error. */
export type WorkerMessage = { attempts: number } | { solution: Solution } | { error: string };

const REPORT_INTERVAL = 16; // attempts

function post(message: WorkerMessage) {
  postMessage(message);
}

/** Solves one challenge: derives keys until one has the required prefix. */
async function solve(challenge: Challenge) {
  let attempts = 0;
  const countingDeriveKey: typeof deriveKey = (...args) => {
    attempts += 1;
    if (attempts % REPORT_INTERVAL === 0) post({ attempts });
    return deriveKey(...args);
  };
  const solution = await solveChallenge({ challenge, deriveKey: countingDeriveKey });
  post(solution ? { solution } : { error: "It took too long." });
}

addEventListener("message", ({ data }: MessageEvent<Challenge>) => {
  solve(data).catch((error: unknown) => post({ error: String(error) }));
});
