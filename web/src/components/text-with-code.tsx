import type { ReactNode } from "react";

const COMMAND = /[;.]? ?(`payrank [^.]*\.)/g; // a sentence, or the end of one, with a command of the operator

/** Why figures are missing, with the commands that only the operator of the service can run folded below. */
export function Reason({ text, label }: { text: string; label?: string }) {
  const commands = [...text.matchAll(COMMAND)].map(([, command]) => command);
  return (
    <>
      <p>
        {label && (
          <>
            <b>{label}</b>:{" "}
          </>
        )}
        {text.replace(COMMAND, ".").replace(/^\. ?/, "")}
      </p>
      {commands.length > 0 && (
        <details className="operator">
          <summary>For the operator of this service</summary>
          <p>{withCode(commands.join(" "))}</p>
        </details>
      )}
    </>
  );
}

/** A text with its parts between backticks set as code. */
export function withCode(text: string): ReactNode[] {
  return text.split("`").map((part, number) => (number % 2 ? <code key={number}>{part}</code> : part));
}
