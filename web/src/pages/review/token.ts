import { useCallback, useState } from "react";

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
