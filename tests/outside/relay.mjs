// Relay's runtime with the compiled operations of relay/src, subscriptions over graphql-ws: node relay.mjs URL PROJECT
import { createRequire } from "node:module";
import { join } from "node:path";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";
import { FLAG, FOLLOW, IN_DOLLARS, IN_EUROS, ONE_BAD, PAGE_SIZE, SIDE_BY_SIDE, SIZE, SUBMIT, tour } from "./operations.mjs";

const { commitMutation, createOperationDescriptor, Environment, fetchQuery, getSingularSelector } = relay;
const { Network, Observable, RecordSource, requestSubscription, Store } = relay;
const [url, project] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const compiled = (name) => load(join(project, "src", "__generated__", `${name}.graphql.js`));
const COMPILED = {
  [SIZE]: "recordsSizeQuery",
  [FLAG]: "recordsFlagMutation",
  [SUBMIT]: "recordsSubmitMutation",
  [FOLLOW]: "recordsEditionsSubscription",
  [ONE_BAD]: "recordsOneBadQuery",
  [IN_DOLLARS]: "recordsInDollarsQuery",
  [IN_EUROS]: "recordsInEurosQuery",
  [SIDE_BY_SIDE]: "recordsSideBySideQuery",
};

const sockets = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
let lastErrors = [];

async function overHttp({ text }, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: text, variables }),
  });
  const payload = await response.json();
  lastErrors = payload.errors ?? [];
  return payload;
}

const overWebSocket = ({ text: query }, variables) =>
  Observable.create((sink) => sockets.subscribe({ query, variables }, sink));

const environment = new Environment({ network: Network.create(overHttp, overWebSocket), store: new Store(new RecordSource()) });

const change = (mutation, variables) =>
  new Promise((resolve, reject) => {
    commitMutation(environment, { mutation, variables, onCompleted: resolve, onError: reject });
  });

/** The connection grows in the store by each page. */
async function pages() {
  const variables = { first: PAGE_SIZE };
  const operation = createOperationDescriptor(compiled("recordsQuery"), variables);
  const retained = environment.retain(operation);
  const list = () => {
    const { data } = environment.lookup(operation.fragment);
    return environment.lookup(getSingularSelector(compiled("records_list"), data)).data.salaryRecords;
  };
  await fetchQuery(environment, compiled("recordsQuery"), variables).toPromise();
  let count = 1;
  while (list().pageInfo.hasNextPage) {
    await fetchQuery(environment, compiled("recordsPageQuery"), { ...variables, after: list().pageInfo.endCursor }).toPromise();
    count += 1;
  }
  const { totalCount, edges } = list();
  retained.dispose();
  return { pages: count, total: totalCount, edges };
}

await tour({
  async ask(text, variables, changes = false) {
    const operation = compiled(COMPILED[text]);
    const data = await (changes ? change(operation, variables) : fetchQuery(environment, operation, variables).toPromise());
    return { data, errors: lastErrors };
  },
  pages,
  firstEvent: (text) =>
    new Promise((resolve, reject) => {
      const following = requestSubscription(environment, {
        subscription: compiled(COMPILED[text]),
        variables: {},
        onNext(data) {
          resolve(data);
          queueMicrotask(() => following.dispose());
        },
        onError: reject,
      });
    }),
  cached: async (text) => {
    const operation = createOperationDescriptor(compiled(COMPILED[text]), {});
    if (environment.check(operation).status !== "available") throw new Error("The store does not have it all.");
    return environment.lookup(operation.fragment).data;
  },
});
await sockets.dispose();
