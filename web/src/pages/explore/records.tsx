import { type ReactNode, useState } from "react";
import { useMutation } from "urql";
import { csvOf, type Row, save } from "../../charts/export";
import { count, money, words } from "../../components/format";
import { NoteDialog } from "../../components/note-dialog";
import { Answer, queryLink, useAnswer, wordsOf } from "../../components/query";
import { graphql } from "../../gql";
import type { RecordOrderField, RecordsQuery } from "../../gql/graphql";
import type { ViewControl } from "./view";
import "./explore.css";

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
  const page = before
    ? { last: PAGE, before, first: null, after: null }
    : { first: PAGE, after, last: null, before: null };
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
              <button
                type="button"
                className="button button-quiet"
                onClick={() =>
                  save("payrank-records.csv", csvOf(found.nodes.map((record) => recordRow(record, asked.currency))))
                }
              >
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
              {view.adjust === "COST_OF_LIVING" && (
                <p className="note">Amounts of single records are as they are paid, not adjusted.</p>
              )}
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

function Turn({
  enabled = false,
  turn,
  children,
}: {
  enabled: boolean | undefined;
  turn: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className="button" disabled={!enabled} onClick={turn}>
      {children}
    </button>
  );
}

type TableProps = ViewControl & { records: readonly RecordFound[]; currency: string };

/** A page of records; its columns of time and pay order it, and each record can be flagged. */
export function RecordsTable({ records, currency, ...control }: TableProps) {
  const [doubted, setDoubted] = useState<RecordFound | null>(null);
  const [flagged, setFlagged] = useState<readonly string[]>([]);
  const [news, setNews] = useState("");
  const nameOf = ({ role, effective, pay }: RecordFound) =>
    [role?.label ?? "Record", pay.baseSalary === null ? null : money(pay.baseSalary, currency), effective]
      .filter(Boolean)
      .join(", ");

  function done(words: string) {
    setNews(words);
    if (doubted) setFlagged([...flagged, doubted.id]);
    setDoubted(null);
  }

  return (
    <>
      <div className="table-scroll records" tabIndex={0} role="region" aria-label="Records">
        <table>
          <caption className="visually-hidden">Records that match the filters</caption>
          <thead>
            <tr>
              <Ordering {...control} field="EFFECTIVE" label="Month" />
              <Ordering {...control} field="BASE_SALARY" label="Base salary" />
              <Ordering {...control} field="TOTAL_COMPENSATION" label="Total" />
              <th scope="col">Role</th>
              <th scope="col">Place</th>
              <th scope="col">Employer or industry</th>
              <th scope="col">As reported</th>
              <th scope="col">Source</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <RecordRow
                key={record.id}
                record={record}
                currency={currency}
                name={nameOf(record)}
                flagged={flagged.includes(record.id)}
                flag={() => setDoubted(record)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p role="status" className="records-news">
        {news}
      </p>
      {doubted && <Flag record={doubted} name={nameOf(doubted)} onDone={done} onClose={() => setDoubted(null)} />}
    </>
  );
}

interface RowProps {
  record: RecordFound;
  currency: string;
  /** What tells it apart in a few words. */
  name: string;
  flagged: boolean;
  flag: () => void;
}

function RecordRow({ record, currency, name, flagged, flag }: RowProps) {
  const told = (amount: number | null) => (amount === null ? "" : money(amount, currency));
  const place = record.metro ?? record.subdivision;
  return (
    <tr>
      <td>{record.effective}</td>
      <td className="number">{told(record.pay.baseSalary)}</td>
      <td className="number">{told(record.pay.totalCompensation)}</td>
      <td className="long">
        {record.role?.label}
        <small>{[record.level && words(record.level), record.experienceBand?.label].filter(Boolean).join(", ")}</small>
      </td>
      <td className="long">
        {(place ?? record.country)?.label}
        <small>
          {[place && record.country?.label, record.workMode && words(record.workMode)].filter(Boolean).join(", ")}
        </small>
      </td>
      <td className="long">{record.employer?.label ?? record.industry?.label}</td>
      <td>{reportedWords(record.pay.reported)}</td>
      <td className="long">{record.source.label}</td>
      <td>
        <button
          type="button"
          className="records-flag"
          aria-label={`Flag: ${name}`}
          aria-pressed={flagged}
          title={flagged ? "You flagged it." : "Something odd about it? Flag it."}
          onClick={flag}
        >
          {flagged ? "✓" : "⚑"}
        </button>
      </td>
    </tr>
  );
}

/** The head of a column that orders the records: first the largest or latest, then the other way round. */
function Ordering({ view, change, field, label }: ViewControl & { field: RecordOrderField; label: string }) {
  const current = view.order === field;
  const sort = view.ascending ? "ascending" : "descending";
  return (
    <th scope="col" className={field === "EFFECTIVE" ? undefined : "number"} aria-sort={current ? sort : "none"}>
      <button
        type="button"
        className="order"
        onClick={() => change({ order: field, ascending: current && !view.ascending })}
      >
        {label}
        <span aria-hidden="true">{current ? (view.ascending ? " ↑" : " ↓") : " ↕"}</span>
      </button>
    </th>
  );
}

const FlagRecord = graphql(`
  mutation FlagRecord($id: ID!, $reason: String!) {
    flagRecord(id: $id, reason: $reason) {
      flagged
      userErrors { message }
    }
  }
`);

interface FlagProps {
  record: RecordFound;
  name: string;
  onDone: (words: string) => void;
  onClose: () => void;
}

/** Asks what is odd about a record, and tells those who look after the records. */
function Flag({ record, name, onDone, onClose }: FlagProps) {
  const [, flag] = useMutation(FlagRecord);

  async function send(reason: string): Promise<string | null> {
    const { data, error } = await flag({ id: record.id, reason });
    if (error) return wordsOf(error);
    if (!data?.flagRecord.flagged)
      return data?.flagRecord.userErrors.map(({ message }) => message).join(" ") ?? "It was not taken in.";
    onDone(`Thank you. It is noted for those who look after the records: ${name}.`);
    return null;
  }

  return (
    <NoteDialog
      title={`Flag: ${name}`}
      label="What is odd about it?"
      hint="Moderators read it, and nothing of you goes with it."
      verb="Flag the record"
      doing="Sending…"
      longest={500}
      send={send}
      onClose={onClose}
    />
  );
}

/** A record as the table and its download tell it. */
export function recordRow(record: RecordFound, currency: string) {
  const { baseSalary, totalCompensation, reported } = record.pay;
  return {
    Month: record.effective,
    [`Base salary, ${currency}`]: baseSalary,
    [`Total, ${currency}`]: totalCompensation,
    Role: record.role?.label ?? null,
    Level: record.level && words(record.level),
    Experience: record.experienceBand?.label ?? null,
    Place: placeOf(record),
    "Work mode": record.workMode && words(record.workMode),
    Employer: record.employer?.label ?? record.industry?.label ?? null,
    "As reported": reportedWords(reported),
    Source: record.source.label,
  } satisfies Row;
}

/** The narrowest place that is told, and the country. */
function placeOf({ metro, subdivision, country }: RecordFound): string | null {
  const narrow = metro ?? subdivision;
  return narrow && country ? `${narrow.label}, ${country.label}` : (narrow?.label ?? country?.label ?? null);
}

/** What the source said before anything was converted: INR 4,200,000, or both ends of a range. */
export function reportedWords({
  currency,
  baseSalary,
  baseLow,
  baseHigh,
}: RecordFound["pay"]["reported"]): string | null {
  const told = (amount: number) => amount.toLocaleString("en", { maximumFractionDigits: 0 });
  if (baseLow !== null && baseHigh !== null) return `${currency} ${told(baseLow)} to ${told(baseHigh)}`;
  return baseSalary === null ? null : `${currency} ${told(baseSalary)}`;
}
