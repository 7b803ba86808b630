import { type FormEvent, useCallback, useMemo, useState } from "react";
import { Client, fetchExchange, Provider } from "urql";
import { Field } from "../../components/field";
import { Queue } from "./queue";
import "./review.css";

/** For moderators: what waits for a decision. */
export default function Review() {
  const [token, keep] = useToken();
  const [refusal, setRefusal] = useState<string | null>(null);
  const client = useMemo(() => moderatorsClient(token), [token]);

  function refused(why: string) {
    setRefusal(why);
    keep("");
  }

  return (
    <div className="review">
      <header className="card-head">
        <h1>Review</h1>
        {token && (
          <button type="button" className="button" onClick={() => keep("")}>
            Forget the token
          </button>
        )}
      </header>
      {token ? (
        <Provider value={client}>
          <Queue onRefused={refused} />
        </Provider>
      ) : (
        <TokenForm
          refusal={refusal}
          onToken={(next) => {
            setRefusal(null);
            keep(next);
          }}
        />
      )}
    </div>
  );
}

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
      <Field
        label="Moderator’s token"
        required
        hint="It begins with prk_. It is kept in this tab alone, until you close it."
        error={empty ? "Paste your token here." : undefined}
      >
        {(control) => (
          <input
            {...control}
            type="password"
            autoComplete="off"
            spellCheck={false}
            autoFocus={refusal !== null}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
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

const KEEP = "payrank-moderator";

/** The moderator's token: kept as long as this tab is open, and sent to nobody but the service. */
export function useToken() {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEEP) ?? "");
  const keep = useCallback((next: string) => {
    if (next) sessionStorage.setItem(KEEP, next);
    else sessionStorage.removeItem(KEEP);
    setToken(next);
  }, []);
  return [token, keep] as const;
}

/** A client for this page alone: it shows the token, and keeps nothing of what it is told. */
export function moderatorsClient(token: string): Client {
  return new Client({
    url: "/graphql",
    exchanges: [fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${token}` }, cache: "no-store" },
    preferGetMethod: false,
    requestPolicy: "network-only",
  });
}
