import { mapExchange } from "urql";

/** Drops data in which an error has left a root field null, so that queries have either their whole result or an error. */
export const wholeData = mapExchange({
  onResult(result) {
    const roots = new Set(result.error?.graphQLErrors.map(({ path }) => path?.[0]));
    const lacking = [...roots].some((root) => root !== undefined && result.data?.[root] === null);
    return lacking ? { ...result, data: undefined } : result;
  },
});
