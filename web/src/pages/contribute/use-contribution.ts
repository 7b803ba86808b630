import { useState } from "react";
import { type CombinedError, useClient } from "urql";
import { wordsOf } from "../../components/query";
import type { StatusFragment, SubmitSalaryMutation } from "../../gql/graphql";
import { missing, without, wrongWith } from "./checks";
import { newKey, type Sent, useDraft } from "./draft";
import { useProof } from "./proof";
import { type Answers, firstOf, type Name, type Remarks, type StepId, stepOf } from "./questions";
import { placed, SubmitSalary, submissionOf } from "./submission";

export type Taken = Extract<Sending, { stage: "taken" }>;

/** A contribution on its way: the draft, what is wrong with it, and how sending it goes. */
export function useContribution(step: StepId, onTaken: (taken: Taken) => void) {
  const { draft, change, clear, changed, resumed } = useDraft();
  const [told, setTold] = useState<Remarks>({}); // by the service, until the answer changes
  const proofs = useProof(step === "about" || step === "send"); // so that it is ready when the answers are
  const { sending, send, forget } = useSending(proofs);
  const absent = missing(draft.answers);
  const wrong: Remarks = { ...told, ...wrongWith(draft.answers) };

  function answer<N extends Name>(name: N, value: Answers[N]) {
    setTold((before) => without(before, name));
    forget();
    change((before) => ({ ...before, answers: settled({ ...before.answers, [name]: value }, name) }));
  }

  /** Sends what there is, and tells the first question that the service refused an answer to. */
  async function sendAll(): Promise<Name | undefined> {
    if (sending.stage === "sending") return undefined;
    const sent = draft.unanswered ?? submissionOf(draft.answers, draft.key);
    change((before) => ({ ...before, unanswered: sent })); // kept first: the page may be closed before an answer comes
    const outcome = await send(sent);
    if (outcome.stage === "lost") return undefined;
    if (outcome.stage === "taken") {
      clear();
      onTaken(outcome);
      return undefined;
    }
    change((before) => ({ ...before, unanswered: null }));
    if (outcome.stage !== "wrong") return undefined;
    setTold(outcome.remarks);
    return firstOf(outcome.remarks);
  }

  function startOver() {
    clear();
    setTold({});
    forget();
  }

  /** The same answers as another contribution, beside the one that was sent under the key before. */
  function asAnother() {
    forget();
    change((before) => ({ ...before, key: newKey() }));
  }

  return {
    draft,
    changed,
    resumed,
    absent,
    wrong,
    progress: proofs.progress,
    sending,
    answer,
    sendAll,
    startOver,
    asAnother,
  };
}

/** A place lies in its country: with another country it is to be told anew. */
function settled(answers: Answers, changed: Name): Answers {
  return changed === "country" ? { ...answers, metro: "", subdivision: "" } : answers;
}

/** What is wrong with the answers to the questions of one step, or of all where they are to be sent. */
export function ofStep(remarks: Remarks, step: StepId): Remarks {
  return Object.fromEntries(
    Object.entries(remarks).filter(([name]) => step === "send" || stepOf(name as Name) === step),
  );
}

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
      return {
        stage: "unsent",
        why: `The proof of work could not be made. ${error instanceof Error ? error.message : ""}`,
      };
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

  return {
    sending,
    send,
    forget: () => setSending((before) => (before.stage === "idle" ? before : { stage: "idle" })),
  };
}

function outcomeOf({
  submission,
  receipt,
  userErrors,
}: SubmitSalaryMutation["submitSalary"]): Sending & { proofRefused?: boolean } {
  if (submission) return { stage: "taken", receipt, submission };
  const { remarks, others } = placed(userErrors);
  const onlyProof = userErrors.length > 0 && userErrors.every(({ code }) => code === "PROOF_REQUIRED");
  return {
    stage: "wrong",
    remarks,
    others,
    conflict: userErrors.some(({ code }) => code === "CONFLICT"),
    proofRefused: onlyProof,
  };
}

/** Whether the service said that it took nothing. Of any other failure nobody knows. */
function isRefusal(error: CombinedError): boolean {
  const codes = error.graphQLErrors.map(({ extensions }) => extensions["code"]);
  return codes.length > 0 && codes.every((code) => code === "BAD_USER_INPUT" || code === "GRAPHQL_VALIDATION_FAILED");
}
