// urql with GET where it fits, subscriptions over graphql-ws: node urql.mjs URL
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { tour } from "./operations.mjs";

const url = process.argv[2];
const sockets = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
const client = new Client({
  url,
  preferGetMethod: "within-url-limit",
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ ...request, query: request.query ?? "" }, sink) }),
      }),
    }),
  ],
});

const dataOf = ({ data, error }) => {
  if (error) throw error;
  return data;
};

await tour(
  async (text, variables, changes = false) => dataOf(await client[changes ? "mutation" : "query"](text, variables)),
  (text) =>
    new Promise((resolve, reject) => {
      let following;
      following = client.subscription(text, {}).subscribe((result) => {
        queueMicrotask(() => following.unsubscribe());
        result.error ? reject(result.error) : resolve(result.data);
      });
    }),
);
await sockets.dispose();
