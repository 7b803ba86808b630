import { useState } from "react";
import type { Answers, Name, Remarks } from "./answers";
import { missing, without, wrongWith } from "./checks";
import { newKey, useDraft } from "./draft";
import { firstOf, stepOf, type StepId } from "./steps";
import { submissionOf } from "./submission";
import { useProof } from "./use-proof";
import { useSending, type Sending } from "./use-sending";

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

  return { draft, changed, resumed, absent, wrong, progress: proofs.progress, sending, answer, sendAll, startOver, asAnother };
}

/** A place lies in its country: with another country it is to be told anew. */
function settled(answers: Answers, changed: Name): Answers {
  return changed === "country" ? { ...answers, metro: "", subdivision: "" } : answers;
}

/** What is wrong with the answers to the questions of one step, or of all where they are to be sent. */
export function ofStep(remarks: Remarks, step: StepId): Remarks {
  return Object.fromEntries(Object.entries(remarks).filter(([name]) => step === "send" || stepOf(name as Name) === step));
}
