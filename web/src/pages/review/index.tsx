import { useMemo, useState } from "react";
import { Provider } from "urql";
import { moderatorsClient } from "./client";
import { Queue } from "./queue";
import { useToken } from "./token";
import { TokenForm } from "./token-form";
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
