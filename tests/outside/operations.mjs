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

export const SUBMIT = `mutation Submit($input: SalarySubmissionInput!) {
  submitSalary(input: $input) { receipt userErrors { code field message } }
}`;

export const FOLLOW = "subscription Follow { editionPublished { number records } }";

export const ONE_BAD = `query OneBad {
  good: cohort { size }
  bad: cohort(where: { role: ["wizard"] }) { size }
}`;

const GERMAN = 'first: 1, where: { country: ["de"] }, orderBy: { field: BASE_SALARY, direction: ASC }';
export const IN_DOLLARS = `query InDollars { salaryRecords(${GERMAN}) { edges { node { id pay { currency baseSalary } } } } }`;
export const IN_EUROS = `query InEuros($id: ID!) {
  node(id: $id) { id ... on SalaryRecord { id pay(currency: "EUR") { currency baseSalary } } }
}`;
export const SIDE_BY_SIDE = `query SideBySide {
  salaryRecords(${GERMAN}) {
    edges { node { id usd: pay { currency baseSalary } eur: pay(currency: "EUR") { currency baseSalary } } }
  }
}`;

export const WHERE = { where: { level: ["SENIOR"] } };

/** A form with three mistakes: a role and a skill that do not exist, and too many years. */
export const FORM = {
  input: {
    idempotencyKey: "3d6f0b0e-52a5-4e0e-8f31-8fc7e27e1b3b",
    proof: "",
    role: "wizard",
    level: "SENIOR",
    experience: 99,
    workMode: "REMOTE",
    country: "us",
    currency: "USD",
    baseSalary: 150_000,
    skills: ["python", "wizardry"],
    effective: new Date().toISOString().slice(0, 7),
  },
};

export const PAGE_SIZE = 5;

/** All pages, with a function that runs a query, of a client that returns each page by itself. */
export async function eachPage(ask) {
  const pages = [];
  let after = null;
  do {
    const { salaryRecords } = (await ask(PAGE, { first: PAGE_SIZE, after })).data;
    pages.push(salaryRecords);
    after = salaryRecords.pageInfo.hasNextPage ? salaryRecords.pageInfo.endCursor : null;
  } while (after);
  return { pages: pages.length, total: pages[0].totalCount, edges: pages.flatMap(({ edges }) => edges) };
}

/**
 * Queries, paginates, sends mutations, subscribes to editions and reads from the cache, with the functions of a client:
 * `ask(text, variables, changes)` returns { data, errors }, `firstEvent(text)` the data of a subscription's first event,
 * `pages()` what eachPage does, and `cached(text)` data from the cache alone. The last three are optional.
 */
export async function tour({ ask, firstEvent, pages = () => eachPage(ask), cached }) {
  const size = (await ask(SIZE, WHERE)).data.cohort;
  const { pages: count, total, edges } = await pages();
  const records = edges.map(({ node }) => node);
  const flag = (await ask(FLAG, { id: records[0].id, reason: "odd amount" }, true)).data.flagRecord;
  const form = (await ask(SUBMIT, FORM, true)).data.submitSalary;
  const partial = await ask(ONE_BAD, {});
  const summary = {
    size: size.size,
    p50: size.stats.p50,
    pages: count,
    total,
    amounts: records.map(({ pay }) => pay.baseSalary),
    ids: new Set(records.map(({ id }) => id)).size,
    flagged: flag.flagged,
    problems: form.userErrors.map(({ field }) => field.join(".")).sort(),
    partial: [partial.data.good.size, partial.data.bad, partial.errors.map(({ path }) => path.join("."))],
  };
  if (firstEvent) {
    const { editionPublished } = await firstEvent(FOLLOW);
    summary.edition = [editionPublished.number, editionPublished.records];
  }
  if (cached) {
    const dollars = (await ask(IN_DOLLARS, {})).data.salaryRecords.edges[0].node;
    await ask(IN_EUROS, { id: dollars.id });
    const { usd, eur } = (await cached(SIDE_BY_SIDE)).salaryRecords.edges[0].node;
    summary.sideBySide = { [usd.currency]: usd.baseSalary, [eur.currency]: eur.baseSalary };
  }
  console.log(JSON.stringify(summary));
}
