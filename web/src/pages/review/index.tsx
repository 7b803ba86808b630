import { type FormEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Client, fetchExchange, Provider } from "urql";
import { addressOf } from "../../base";
import { Field } from "../../components/field";
import { readStored, writeStored } from "../../components/storage";
import { wholeData } from "../../components/whole-data";
import { Employers } from "./employers";
import { Queue } from "./queue";
import "./review.css";

/** The review queue, for moderators with a token. */
export default function ReviewPage() {
  const [token, storeToken] = useToken();
  const [rejection, setRejection] = useState<string | null>(null);
  const client = useMemo(() => moderatorClient(token), [token]);

  function onRejected(reason: string) {
    setRejection(reason);
    storeToken("");
  }

  function onToken(next: string) {
    setRejection(null);
    storeToken(next);
  }

  return (
    <div className="review">
      <header className="card-head">
        <h1>Review</h1>
        {token && (
          <button type="button" className="button" onClick={() => storeToken("")}>
            Sign out
          </button>
        )}
      </header>
      {token ? (
        <Provider value={client}>
          <Queue onRejected={onRejected} />
          <Employers />
        </Provider>
      ) : (
        <TokenForm rejection={rejection} onToken={onToken} />
      )}
    </div>
  );
}

interface TokenFormProps {
  /** Why the service rejected the last token. */
  rejection: string | null;
  onToken: (token: string) => void;
}

/** Asks for a moderator's token and says how to get one. */
function TokenForm({ rejection, onToken }: TokenFormProps) {
  const [text, setText] = useState("");
  const [empty, setEmpty] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (rejection !== null) input.current?.focus();
  }, [rejection]);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const token = text.trim();
    setEmpty(!token);
    if (token) onToken(token);
  }

  return (
    <form className="card token-form" noValidate onSubmit={onSubmit}>
      <p>This page is for moderators, who review held submissions before they are published.</p>
      {rejection && (
        <p className="state state-failure" role="alert">
          {rejection}
        </p>
      )}
      <Field
        label="Moderator’s token"
        required
        hint="It starts with prk_. It is stored in this tab only, until you close it."
        error={empty ? "Paste your token here." : undefined}
      >
        {(control) => (
          <input
            {...control}
            ref={input}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <div className="row">
        <button type="submit" className="button button-main">
          Open the queue
        </button>
      </div>
      <p className="quiet">The operator of the service creates a token with this command, which prints it once:</p>
      <pre className="token-command" tabIndex={0}>
        payrank token create --name ann --expires 90d
      </pre>
    </form>
  );
}

const STORAGE_KEY = "payrank-moderator";

/** The moderator's token: stored while this tab is open, and sent only to the service. */
function useToken() {
  const [token, setToken] = useState(() => readStored("sessionStorage", STORAGE_KEY) ?? "");
  const storeToken = useCallback((next: string) => {
    writeStored("sessionStorage", STORAGE_KEY, next || null);
    setToken(next);
  }, []);
  return [token, storeToken] as const;
}

/** A client for this page only: it sends the token and caches nothing. */
function moderatorClient(token: string): Client {
  return new Client({
    url: addressOf("/graphql"),
    exchanges: [wholeData, fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${token}` }, cache: "no-store" },
    preferGetMethod: false,
    requestPolicy: "network-only",
  });
}
