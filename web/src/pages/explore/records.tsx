import type { ReactNode } from "react";
import { csvOf } from "../../charts/csv";
import { save } from "../../charts/download";
import { graphql } from "../../gql";
import type { RecordsQuery } from "../../gql/graphql";
import { count } from "../../parts/format";
import { queryLink } from "../../parts/query-link";
import { Answer, useAnswer } from "./answer";
import { recordRow } from "./record-row";
import { RecordsTable } from "./records-table";
import type { ViewControl } from "./use-view";

const Records = graphql(`
  query Records(
    $where: CohortFilter
    $currency: Currency!
    $orderBy: RecordOrder
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    salaryRecords(where: $where, currency: $currency, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes {
        id
        effective
        role { label }
        level
        experienceBand { label }
        workMode
        country { label }
        subdivision { label }
        metro { label }
        industry { label }
        employer { label }
        pay {
          baseSalary
          totalCompensation
          reported { currency baseSalary baseLow baseHigh }
        }
        source { label kind }
      }
    }
  }
`);

const PAGE = 20;

export type RecordFound = RecordsQuery["salaryRecords"]["nodes"][number];

/** The records behind the figures, a page at a time. */
export default function RecordsSection({ seen, ...control }: ViewControl & { seen: boolean }) {
  const { view, cohort, change } = control;
  const { after, before, order, ascending } = view;
  const page = before ? { last: PAGE, before, first: null, after: null } : { first: PAGE, after, last: null, before: null };
  const orderBy = { field: order, direction: ascending ? "ASC" : "DESC" } as const;
  const answer = useAnswer(Records, { where: cohort.where, currency: cohort.currency, orderBy, ...page }, !seen);
  const { data, asked, fetching } = answer;
  const found = data?.salaryRecords;
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = found?.pageInfo ?? {};
  return (
    <section className="card" aria-labelledby="records" aria-busy={fetching}>
      <div className="card-head">
        <h2 id="records">The records</h2>
        {found && (
          <div className="card-tools">
            {found.nodes.length > 0 && (
              <button type="button" className="button button-quiet" onClick={() => save("payrank-records.csv", csvOf(found.nodes.map((record) => recordRow(record, asked.currency))))}>
                Download this page, CSV
              </button>
            )}
            <a className="button button-quiet" href={queryLink(Records, asked)}>
              Show the query
            </a>
          </div>
        )}
      </div>
      <Answer of={answer} what="the records">
        {({ salaryRecords: { nodes, totalCount } }) =>
          nodes.length ? (
            <>
              {view.adjust === "COST_OF_LIVING" && <p className="note">Amounts of single records are as they are paid, not adjusted.</p>}
              <RecordsTable records={nodes} currency={asked.currency} {...control} />
              <nav className="row" aria-label="Pages of records">
                <Turn enabled={hasPreviousPage} turn={() => change({ before: startCursor ?? null, after: null })}>
                  Previous
                </Turn>
                <Turn enabled={hasNextPage} turn={() => change({ after: endCursor ?? null, before: null })}>
                  Next
                </Turn>
                <span className="quiet" role="status">
                  {count(nodes.length)} of {count(totalCount)} records
                </span>
              </nav>
            </>
          ) : (
            <p className="quiet">No record matches these filters.</p>
          )
        }
      </Answer>
    </section>
  );
}

function Turn({ enabled = false, turn, children }: { enabled: boolean | undefined; turn: () => void; children: ReactNode }) {
  return (
    <button type="button" className="button" disabled={!enabled} onClick={turn}>
      {children}
    </button>
  );
}
