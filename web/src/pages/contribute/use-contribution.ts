import { useEffect, useEffectEvent, useRef, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useLocalCurrency } from "../../components/currencies";
import { errorMessage } from "../../components/query";
import type { StatusFragment, SubmitSalaryMutation } from "../../gql/graphql";
import { missingAnswers, validationErrors, withoutMessage } from "./checks";
import { randomKey, type Submission, useDraft } from "./draft";
import { proofFailure, useProofOfWork } from "./proof";
import { type Answers, firstQuestion, type Messages, type Name, type StepId, stepOf } from "./questions";
import { errorsByQuestion, SubmitSalary, submissionOf } from "./submission";

export type Accepted = Extract<Sending, { stage: "accepted" }>;

/** A contribution in progress: the draft, its errors, and the state of sending it. */
export function useContribution(step: StepId, required: ReadonlySet<Name>, onAccepted: (accepted: Accepted) => void) {
  const { draft, change, clear, changed, resumed } = useDraft();
  const [serviceErrors, setServiceErrors] = useState<Messages>({}); // each until its answer changes
  const proofs = useProofOfWork(step === "about" || step === "send"); // early, to be ready when the answers are
  const { sending, send, reset } = useSending(proofs);
  const missing = missingAnswers(draft.answers, required);
  const errors: Messages = { ...serviceErrors, ...validationErrors(draft.answers) };

  const { country, currency } = draft.answers;
  useCurrencyOf(country, currency, (local) => answer("currency", local));

  function answer<N extends Name>(name: N, value: Answers[N]) {
    setServiceErrors((before) => withoutMessage(before, name));
    reset();
    change((before) => ({ ...before, answers: withoutPlace({ ...before.answers, [name]: value }, name) }));
  }

  /** Sends the draft; resolves to the first question with an error from the service, if there is one. */
  async function sendDraft(): Promise<Name | undefined> {
    if (sending.stage === "sending") return undefined;
    const submission = draft.unconfirmed ?? submissionOf(draft.answers, draft.key);
    change((before) => ({ ...before, unconfirmed: submission })); // before sending: the page may be closed meanwhile
    const outcome = await send(submission);
    if (outcome.stage === "unconfirmed") return undefined;
    if (outcome.stage === "accepted") {
      clear();
      onAccepted(outcome);
      return undefined;
    }
    change((before) => ({ ...before, unconfirmed: null }));
    if (outcome.stage !== "rejected") return undefined;
    setServiceErrors(outcome.messages);
    return firstQuestion(outcome.messages);
  }

  function startOver() {
    clear();
    setServiceErrors({});
    reset();
  }

  /** Makes the answers another contribution, beside the one sent with the same key before. */
  function makeNew() {
    reset();
    change((before) => ({ ...before, key: randomKey() }));
  }

  const { progress } = proofs;
  return { draft, changed, resumed, missing, errors, progress, sending, answer, sendDraft, startOver, makeNew };
}

/** Sets the currency to that of the country when the country changes, unless another one was chosen. */
function useCurrencyOf(country: string, currency: string, set: (currency: string) => void) {
  const local = useLocalCurrency(country);
  const former = useRef<string | null>(null);
  const follow = useEffectEvent((next: string) => {
    if (next !== currency && (!currency || currency === former.current)) set(next);
    former.current = next;
  });
  useEffect(() => {
    if (local) follow(local);
  }, [local]);
}

/** The answers without the place within the country if the country has changed. */
function withoutPlace(answers: Answers, changed: Name): Answers {
  return changed === "country" ? { ...answers, metro: "", subdivision: "" } : answers;
}

/** The messages of one step's questions; those of all questions for the last step. */
export function messagesOf(messages: Messages, step: StepId): Messages {
  return Object.fromEntries(
    Object.entries(messages).filter(([name]) => step === "send" || stepOf(name as Name) === step),
  );
}

/** The state of sending. `unconfirmed`: it may have arrived, so exactly the same has to be sent again. */
export type Sending =
  | { stage: "idle" }
  | { stage: "sending" }
  | { stage: "rejected"; messages: Messages; others: readonly string[]; conflict: boolean }
  | { stage: "unconfirmed"; reason: string }
  | { stage: "failed"; reason: string }
  | { stage: "accepted"; receipt: string | null; submission: StatusFragment };

type Outcome = Sending & { proofRejected?: boolean };

interface Proofs {
  take: () => Promise<string>;
  discard: () => void;
}

/** Sends a submission with a proof of work; if the service rejects the proof, once more with another. */
function useSending(proofs: Proofs) {
  const client = useClient();
  const [sending, setSending] = useState<Sending>({ stage: "idle" });

  async function attempt(submission: Submission): Promise<Outcome> {
    let proof: string;
    try {
      proof = await proofs.take();
    } catch (error) {
      return { stage: "failed", reason: proofFailure(error) };
    }
    const { data, error } = await client.mutation(SubmitSalary, { input: { ...submission, proof } }).toPromise();
    if (data) return outcomeOf(data.submitSalary);
    const reason = error ? errorMessage(error) : "The service sent no response.";
    return error && isRejection(error) ? { stage: "failed", reason } : { stage: "unconfirmed", reason };
  }

  async function send(submission: Submission): Promise<Sending> {
    setSending({ stage: "sending" });
    let outcome = await attempt(submission);
    if (outcome.proofRejected) {
      proofs.discard();
      outcome = await attempt(submission);
    }
    setSending(outcome);
    return outcome;
  }

  function reset() {
    setSending((before) => (before.stage === "idle" ? before : { stage: "idle" }));
  }

  return { sending, send, reset };
}

function outcomeOf({ submission, receipt, userErrors }: SubmitSalaryMutation["submitSalary"]): Outcome {
  if (submission) return { stage: "accepted", receipt, submission };
  return {
    stage: "rejected",
    ...errorsByQuestion(userErrors),
    conflict: userErrors.some(({ code }) => code === "CONFLICT"),
    proofRejected: userErrors.length > 0 && userErrors.every(({ code }) => code === "PROOF_REQUIRED"),
  };
}

/** Whether the service certainly stored nothing; after any other error it may have. */
function isRejection(error: CombinedError): boolean {
  const codes = error.graphQLErrors.map(({ extensions }) => extensions.code);
  return codes.length > 0 && codes.every((code) => code === "BAD_USER_INPUT" || code === "GRAPHQL_VALIDATION_FAILED");
}
