import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import type { Challenge, Solution } from "altcha-lib/types";

/** What the worker says while it tries, and in the end. */
export type Said = { tries: number } | { solution: Solution } | { failed: string };

const OFTEN = 16; // tries between two words about them

function say(said: Said) {
  postMessage(said);
}

/** Solves one challenge: keys are derived until one begins as asked for. */
async function solve(challenge: Challenge) {
  let tries = 0;
  const counted: typeof deriveKey = (...given) => {
    tries += 1;
    if (tries % OFTEN === 0) say({ tries });
    return deriveKey(...given);
  };
  const solution = await solveChallenge({ challenge, deriveKey: counted });
  say(solution ? { solution } : { failed: "It took too long." });
}

addEventListener("message", ({ data }: MessageEvent<Challenge>) => {
  solve(data).catch((error: unknown) => say({ failed: String(error) }));
});
