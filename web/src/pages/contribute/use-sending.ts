import { useState } from "react";
import { useClient, type CombinedError } from "urql";
import { wordsOf } from "../../parts/states";
import type { StatusFragment, SubmitSalaryMutation } from "../../gql/graphql";
import { placed, SubmitSalary } from "./submission";
import type { Remarks } from "./answers";
import type { Sent } from "./draft";

/** What came of sending. `lost`: nobody knows whether it arrived; the same has to be sent again. */
export type Sending =
  | { stage: "idle" }
  | { stage: "sending" }
  | { stage: "wrong"; remarks: Remarks; others: readonly string[]; conflict: boolean }
  | { stage: "lost"; why: string }
  | { stage: "unsent"; why: string }
  | { stage: "taken"; receipt: string | null; submission: StatusFragment };

interface Proofs {
  take: () => Promise<string>;
  drop: () => void;
}

/** Sends a submission with a proof of work; one that the service finds too old is made anew, once. */
export function useSending(proofs: Proofs) {
  const client = useClient();
  const [sending, setSending] = useState<Sending>({ stage: "idle" });

  async function once(sent: Sent): Promise<Sending & { proofRefused?: boolean }> {
    let proof: string;
    try {
      proof = await proofs.take();
    } catch (error) {
      return { stage: "unsent", why: `The proof of work could not be made. ${error instanceof Error ? error.message : ""}` };
    }
    const { data, error } = await client.mutation(SubmitSalary, { input: { ...sent, proof } }).toPromise();
    if (data) return outcomeOf(data.submitSalary);
    const why = error ? wordsOf(error) : "The service gave no answer.";
    return error && isRefusal(error) ? { stage: "unsent", why } : { stage: "lost", why };
  }

  async function send(sent: Sent): Promise<Sending> {
    setSending({ stage: "sending" });
    let outcome = await once(sent);
    if (outcome.proofRefused) {
      proofs.drop();
      outcome = await once(sent);
    }
    setSending(outcome);
    return outcome;
  }

  return { sending, send, forget: () => setSending((before) => (before.stage === "idle" ? before : { stage: "idle" })) };
}

function outcomeOf({ submission, receipt, userErrors }: SubmitSalaryMutation["submitSalary"]): Sending & { proofRefused?: boolean } {
  if (submission) return { stage: "taken", receipt, submission };
  const { remarks, others } = placed(userErrors);
  const onlyProof = userErrors.length > 0 && userErrors.every(({ code }) => code === "PROOF_REQUIRED");
  return { stage: "wrong", remarks, others, conflict: userErrors.some(({ code }) => code === "CONFLICT"), proofRefused: onlyProof };
}

/** Whether the service said that it took nothing. Of any other failure nobody knows. */
function isRefusal(error: CombinedError): boolean {
  const codes = error.graphQLErrors.map(({ extensions }) => extensions["code"]);
  return codes.length > 0 && codes.every((code) => code === "BAD_USER_INPUT" || code === "GRAPHQL_VALIDATION_FAILED");
}
