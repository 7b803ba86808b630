// The operations that every client runs, and a summary of the results.
export const SIZE = "query Size($where: CohortFilter) { cohort(where: $where) { size stats(measure: BASE_SALARY) { p50 } } }";

export const PAGE = `query Page($first: Int!, $after: String) {
  salaryRecords(first: $first, after: $after, orderBy: { field: BASE_SALARY, direction: ASC }) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { id pay { baseSalary } } }
  }
}`;

export const FLAG = `mutation Flag($id: ID!, $reason: String!) {
  flagRecord(id: $id, reason: $reason, proof: "") { flagged userErrors { code message } }
}`;

export const FOLLOW = "subscription Follow { editionPublished { number records } }";

export const WHERE = { where: { level: ["SENIOR"] } };

/** Queries, paginates, flags the first record and subscribes to editions, with the two functions of a client. */
export async function tour(ask, firstEvent) {
  const size = (await ask(SIZE, WHERE)).cohort;
  const pages = [];
  let after = null;
  do {
    const { salaryRecords } = await ask(PAGE, { first: 5, after });
    pages.push(salaryRecords);
    after = salaryRecords.pageInfo.hasNextPage ? salaryRecords.pageInfo.endCursor : null;
  } while (after);
  const records = pages.flatMap((page) => page.edges.map(({ node }) => node));
  const flag = (await ask(FLAG, { id: records[0].id, reason: "odd amount" }, true)).flagRecord;
  const { editionPublished } = await firstEvent(FOLLOW);
  console.log(
    JSON.stringify({
      size: size.size,
      p50: size.stats.p50,
      pages: pages.length,
      total: pages[0].totalCount,
      amounts: records.map(({ pay }) => pay.baseSalary),
      ids: new Set(records.map(({ id }) => id)).size,
      flagged: flag.flagged,
      edition: [editionPublished.number, editionPublished.records],
    }),
  );
}
