import { graphql } from "react-relay";

export const recordsQuery = graphql`
  query recordsQuery($where: CohortFilter, $first: Int!) {
    ...records_list @arguments(where: $where, first: $first)
    limits { cost pageSize }
  }
`;

export const list = graphql`
  fragment records_list on Query
  @refetchable(queryName: "recordsPageQuery")
  @argumentDefinitions(where: { type: "CohortFilter" }, first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    salaryRecords(where: $where, first: $first, after: $after, orderBy: { field: BASE_SALARY, direction: ASC })
    @connection(key: "records_salaryRecords") {
      totalCount
      edges { node { id pay { baseSalary } ...records_record } }
    }
  }
`;

export const record = graphql`
  fragment records_record on SalaryRecord @refetchable(queryName: "recordsRecordQuery") {
    role { code label }
    level
    pay { currency baseSalary }
  }
`;

export const values = graphql`
  query recordsValuesQuery($factor: Factor!, $first: Int, $after: String) {
    factorValues(factor: $factor, first: $first, after: $after) @connection(key: "records_factorValues") {
      edges { node { code label } }
    }
  }
`;

export const flag = graphql`
  mutation recordsFlagMutation($id: ID!, $reason: String!) {
    flagRecord(id: $id, reason: $reason, proof: "") {
      flagged
      userErrors { code message field }
    }
  }
`;

export const follow = graphql`
  subscription recordsFollowSubscription($where: CohortFilter) {
    cohort(where: $where) {
      size
      stats(measure: BASE_SALARY) { p50 interval { low high } }
    }
  }
`;

export const size = graphql`
  query recordsSizeQuery($where: CohortFilter) {
    cohort(where: $where) {
      size
      stats(measure: BASE_SALARY) { p50 }
    }
  }
`;

export const oneBad = graphql`
  query recordsOneBadQuery {
    good: cohort { size }
    bad: cohort(where: { role: ["wizard"] }) { size }
  }
`;

export const submit = graphql`
  mutation recordsSubmitMutation($input: SalarySubmissionInput!) {
    submitSalary(input: $input) {
      receipt
      userErrors { code field message }
    }
  }
`;

export const editions = graphql`
  subscription recordsEditionsSubscription {
    editionPublished { number records }
  }
`;

export const inDollars = graphql`
  query recordsInDollarsQuery {
    salaryRecords(first: 1, where: { country: ["de"] }, orderBy: { field: BASE_SALARY, direction: ASC }) {
      edges { node { id pay { currency baseSalary } } }
    }
  }
`;

export const inEuros = graphql`
  query recordsInEurosQuery($id: ID!) {
    node(id: $id) {
      ... on SalaryRecord { pay(currency: "EUR") { currency baseSalary } }
    }
  }
`;

export const sideBySide = graphql`
  query recordsSideBySideQuery {
    salaryRecords(first: 1, where: { country: ["de"] }, orderBy: { field: BASE_SALARY, direction: ASC }) {
      edges {
        node {
          usd: pay { currency baseSalary }
          eur: pay(currency: "EUR") { currency baseSalary }
        }
      }
    }
  }
`;
