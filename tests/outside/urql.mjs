// urql with Graphcache, GET where it fits, subscriptions over graphql-ws: node urql.mjs URL
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { getIntrospectionQuery } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { eachPage, tour } from "./operations.mjs";

const url = process.argv[2];
const sockets = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
const warnings = [];
const introspection = await fetch(url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: getIntrospectionQuery() }),
});
const schema = (await introspection.json()).data;
const keyless = schema.__schema.types.filter(({ kind, fields }) => kind === "OBJECT" && !fields.some(({ name }) => name === "id"));
const client = new Client({
  url,
  preferGetMethod: "within-url-limit",
  exchanges: [
    cacheExchange({
      schema,
      keys: Object.fromEntries(keyless.map(({ name }) => [name, () => null])),
      resolvers: { Query: { salaryRecords: relayPagination() } },
      logger: (severity, message) => severity === "debug" || warnings.push(message),
    }),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ ...request, query: request.query ?? "" }, sink) }),
      }),
    }),
  ],
});

function result({ data, error }) {
  if (error?.networkError) throw error;
  return { data, errors: error?.graphQLErrors ?? [] };
}

const ask = async (text, variables, changes = false) => result(await client[changes ? "mutation" : "query"](text, variables));

await tour({
  ask,
  /** Each page has the ones before it. */
  pages: async () => {
    const all = await eachPage(ask);
    return { ...all, edges: all.edges.slice(-all.total) };
  },
  firstEvent: (text) =>
    new Promise((resolve, reject) => {
      let following;
      following = client.subscription(text, {}).subscribe((found) => {
        queueMicrotask(() => following.unsubscribe());
        found.error ? reject(found.error) : resolve(found.data);
      });
    }),
  cached: async (text) => (await client.query(text, {}, { requestPolicy: "cache-only" })).data,
});
await sockets.dispose();
if (warnings.length) throw new Error(warnings.join("\n"));
