import { Client, fetchExchange, type CombinedError } from "urql";

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

/** Why a token was refused; null for any other error. */
export function refusalOf(error: CombinedError | undefined): string | null {
  return error?.graphQLErrors.find(({ extensions }) => extensions["code"] === "UNAUTHENTICATED")?.message ?? null;
}
