import { stringifyDocument, type AnyVariables, type TypedDocumentNode } from "@urql/core";

/** Where a query opens in GraphiQL, with its variables. */
export function queryLink<Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables): string {
  const params = new URLSearchParams({ query: stringifyDocument(query), variables: JSON.stringify(variables, null, 2) });
  return `/graphiql?${params.toString()}`;
}
