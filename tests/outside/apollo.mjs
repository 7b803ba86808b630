// Apollo Client with persisted queries over HTTP, subscriptions over graphql-ws: node apollo.mjs URL
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { tour } from "./operations.mjs";

const uri = process.argv[2];
const sockets = createClient({ url: uri.replace("http", "ws"), webSocketImpl: WebSocket });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri })),
  ),
});

await tour(
  async (text, variables, changes = false) =>
    (await (changes ? client.mutate({ mutation: gql(text), variables }) : client.query({ query: gql(text), variables }))).data,
  (text) =>
    new Promise((resolve, reject) => {
      const following = client.subscribe({ query: gql(text) }).subscribe({
        next({ data, error }) {
          following.unsubscribe();
          error ? reject(error) : resolve(data);
        },
        error: reject,
      });
    }),
);
client.stop();
await sockets.dispose();
