import { cacheExchange, Client, fetchExchange } from "urql";

/** Asks the service that the page came from, by GET where the query fits into an address, so that caches can help. */
export const client = new Client({
  url: "/graphql",
  exchanges: [cacheExchange, fetchExchange],
  preferGetMethod: "within-url-limit",
});
