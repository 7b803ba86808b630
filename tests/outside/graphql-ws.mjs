// graphql-ws alone: queries, mutations and subscriptions over one WebSocket: node graphql-ws.mjs URL
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { tour } from "./operations.mjs";

const client = createClient({ url: process.argv[2].replace("http", "ws"), webSocketImpl: WebSocket, lazy: false });

async function first(query, variables) {
  for await (const { data, errors = [] } of client.iterate({ query, variables })) return { data, errors };
}

await tour({ ask: first, firstEvent: async (text) => (await first(text)).data });
await client.dispose();
