// graphql-request, which has neither subscriptions nor a cache: node graphql-request.mjs URL
import { GraphQLClient } from "graphql-request";
import { tour } from "./operations.mjs";

const client = new GraphQLClient(process.argv[2], { errorPolicy: "all" });

await tour({
  async ask(text, variables) {
    const { data, errors = [] } = await client.rawRequest(text, variables);
    return { data, errors };
  },
});
