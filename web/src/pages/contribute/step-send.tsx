import { Link } from "wouter";
import type { Name } from "./answers";
import { useForm } from "./form";
import type { StepId } from "./steps";
import { ToldAnswers } from "./told-answers";
import type { Progress } from "./use-proof";
import type { Sending } from "./use-sending";

interface StepSendProps {
  progress: Progress;
  sending: Sending;
  /** Something was sent before and no answer came. */
  unanswered: boolean;
  goTo: (step: StepId, name?: Name) => void;
  /** Have these answers count beside those that were sent under the same key before. */
  asAnother: () => void;
}

/** All answers once more, what is in the way of sending, and what sending does. */
export function StepSend({ progress, sending, unanswered, goTo, asAnother }: StepSendProps) {
  const wrong = Object.keys(useForm().errors).length;
  return (
    <div className="ask-wide send">
      {unanswered && (
        <div className="state state-failure" role="alert">
          <p>
            Your answers were sent, but no answer came back{sending.stage === "lost" && `: ${sending.why}`} They may have arrived or not. Send them again: however often
            you do, they count once, and you get your receipt. Until then they stay as they are.
          </p>
        </div>
      )}
      <ToldAnswers goTo={goTo} />
      {wrong > 0 && (
        <p className="state" role="status">
          {wrong === 1 ? "One answer needs" : `${wrong} answers need`} another look before you can send.
        </p>
      )}
      {sending.stage === "wrong" && sending.others.length > 0 && (
        <div className="state state-failure" role="alert">
          {sending.conflict ? (
            <>
              <p>This browser sent this draft before, with other answers. If this is another pay, send it as another; to change the first, use its receipt.</p>
              <button type="button" className="button" onClick={asAnother}>
                Make it another
              </button>
            </>
          ) : (
            sending.others.map((message) => <p key={message}>{message}</p>)
          )}
        </div>
      )}
      {sending.stage === "unsent" && (
        <div className="state state-failure" role="alert">
          <p>Nothing was sent. {sending.why}</p>
        </div>
      )}
      <p className="quiet" role="status">
        {sending.stage === "sending" ? "Sending…" : wordsOfProof(progress)}
      </p>
      <p className="quiet">
        What you send is kept until you withdraw it. <Link href="/about">What becomes of it</Link> says who can see it, and how coarse it is published.
      </p>
    </div>
  );
}

/** How far the proof of work has come. Tries change all the time and are told in steps, so that nobody has to hear each. */
function wordsOfProof(progress: Progress): string {
  switch (progress.stage) {
    case "waiting":
    case "working": {
      const tries = progress.stage === "working" ? Math.floor(progress.tries / 100) * 100 : 0;
      return `Your browser solves a small puzzle that keeps machines from flooding the service${tries ? `: over ${tries} tries so far, some 250 are usual` : ""}. You can send at once; it goes out when this is done.`;
    }
    case "ready":
      return "The puzzle that keeps machines out is solved. Ready to send.";
    case "failed":
      return `The puzzle that keeps machines out could not be solved. ${progress.why} It is tried again when you send.`;
  }
}
