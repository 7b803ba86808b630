// Apollo Client with persisted queries over HTTP, subscriptions over graphql-ws: node apollo.mjs URL
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { PAGE, PAGE_SIZE, tour } from "./operations.mjs";

const uri = process.argv[2];
const sockets = createClient({ url: uri.replace("http", "ws"), webSocketImpl: WebSocket });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const client = new ApolloClient({
  cache: new InMemoryCache({
    possibleTypes: { Node: ["Edition", "FactorValue", "SalaryRecord", "Source", "Submission"] },
    typePolicies: { Query: { fields: { salaryRecords: relayStylePagination(["where", "orderBy"]) } } },
  }),
  defaultOptions: { query: { errorPolicy: "all" }, mutate: { errorPolicy: "all" } },
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri })),
  ),
});

function result({ data, error }) {
  if (error && !CombinedGraphQLErrors.is(error)) throw error;
  return { data, errors: error?.errors ?? [] };
}

/** The list of records grows in the cache by each page. */
async function pages() {
  const options = { query: gql(PAGE), variables: { first: PAGE_SIZE, after: null } };
  let page = await client.query(options);
  const query = client.watchQuery(options);
  const following = query.subscribe({});
  let count = 1;
  while (page.data.salaryRecords.pageInfo.hasNextPage) {
    page = await query.fetchMore({ variables: { after: page.data.salaryRecords.pageInfo.endCursor } });
    count += 1;
  }
  following.unsubscribe();
  const { totalCount, edges } = (await client.query({ ...options, fetchPolicy: "cache-only" })).data.salaryRecords;
  return { pages: count, total: totalCount, edges };
}

await tour({
  ask: async (text, variables, changes = false) =>
    result(await (changes ? client.mutate({ mutation: gql(text), variables }) : client.query({ query: gql(text), variables }))),
  pages,
  firstEvent: (text) =>
    new Promise((resolve, reject) => {
      const following = client.subscribe({ query: gql(text) }).subscribe({
        next({ data, error }) {
          following.unsubscribe();
          error ? reject(error) : resolve(data);
        },
        error: reject,
      });
    }),
  cached: async (text) => (await client.query({ query: gql(text), fetchPolicy: "cache-only" })).data,
});
client.stop();
await sockets.dispose();
