import { useState, type FormEvent } from "react";
import { Field } from "../../parts/field";

interface TokenFormProps {
  /** Why the last token was refused, in the service's words. */
  refusal: string | null;
  onToken: (token: string) => void;
}

/** Asks for a moderator's token, and says where one comes from. */
export function TokenForm({ refusal, onToken }: TokenFormProps) {
  const [typed, setTyped] = useState("");
  const [empty, setEmpty] = useState(false);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const token = typed.trim();
    setEmpty(!token);
    if (token) onToken(token);
  }

  return (
    <form className="card token-form" noValidate onSubmit={onSubmit}>
      <p>This page is for moderators. They see what waits before it is published, and decide on it.</p>
      {refusal && (
        <p className="state state-failure" role="alert">
          {refusal}
        </p>
      )}
      <Field label="Moderator’s token" required hint="It begins with prk_. It is kept in this tab alone, until you close it." error={empty ? "Paste your token here." : undefined}>
        {(control) => (
          <input {...control} type="password" autoComplete="off" spellCheck={false} autoFocus={refusal !== null} value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
      </Field>
      <div className="row">
        <button type="submit" className="button button-main">
          Open the queue
        </button>
      </div>
      <p className="quiet">Whoever runs the service makes one; this prints it once:</p>
      <pre className="token-command" tabIndex={0}>
        payrank token create --name ann --expires 90d
      </pre>
    </form>
  );
}
