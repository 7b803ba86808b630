import { type ReactNode, useState } from "react";
import { useMutation } from "urql";
import { csvFile, download, type Row } from "../../charts/export";
import { count, countOf, money, words } from "../../components/format";
import { NoteDialog } from "../../components/note-dialog";
import { errorMessage, queryLink, Result, useLatestResult } from "../../components/query";
import { graphql } from "../../gql";
import type { RecordOrderField, RecordsQuery } from "../../gql/graphql";
import { proofFailure, useProofOfWork } from "../contribute/proof";
import type { ViewControl } from "./view";
import "./explore.css";

const Records = graphql(`
  query Records(
    $where: CohortFilter
    $currency: Currency
    $adjust: Adjustment!
    $orderBy: RecordOrder
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      records(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
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
          pay(currency: $currency, adjust: $adjust) {
            baseSalary
            totalCompensation
            reported { currency baseSalary baseLow baseHigh }
          }
          source { label kind }
        }
      }
    }
  }
`);

const PAGE_SIZE = 20;

type RecordNode = RecordsQuery["cohort"]["records"]["nodes"][number];

/** The records of the cohort, page by page. */
export default function RecordsSection({ visible, ...control }: ViewControl & { visible: boolean }) {
  const { view, cohort, change } = control;
  const { after, before, order, ascending } = view;
  const page = before
    ? { last: PAGE_SIZE, before, first: null, after: null }
    : { first: PAGE_SIZE, after, last: null, before: null };
  const orderBy = { field: order, direction: ascending ? "ASC" : "DESC" } as const;
  const result = useLatestResult(Records, { ...cohort, orderBy, ...page }, !visible);
  const { data, variables, fetching } = result;
  const found = data?.cohort.records;
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = found?.pageInfo ?? {};
  return (
    <section className="card" aria-labelledby="records" aria-busy={fetching}>
      <div className="card-head">
        <h2 id="records">Matching records</h2>
        {found && (
          <div className="card-tools">
            {found.nodes.length > 0 && (
              <button
                type="button"
                className="button button-quiet"
                onClick={() =>
                  download(
                    "payrank-records.csv",
                    csvFile(found.nodes.map((record) => recordRow(record, variables.currency))),
                  )
                }
              >
                Download this page (CSV)
              </button>
            )}
            <a className="button button-quiet" href={queryLink(Records, variables)}>
              Show the query
            </a>
          </div>
        )}
      </div>
      <Result of={result} what="the records">
        {({
          cohort: {
            records: { nodes, totalCount },
          },
        }) =>
          nodes.length ? (
            <>
              <RecordsTable records={nodes} currency={variables.currency} {...control} />
              <nav className="row" aria-label="Pages of records">
                <PageButton
                  enabled={hasPreviousPage}
                  onClick={() => change({ before: startCursor ?? null, after: null })}
                >
                  Previous
                </PageButton>
                <PageButton enabled={hasNextPage} onClick={() => change({ after: endCursor ?? null, before: null })}>
                  Next
                </PageButton>
                <span className="quiet" role="status">
                  {count(nodes.length)} of {countOf(totalCount, "record")}
                </span>
              </nav>
            </>
          ) : (
            <p className="quiet">No record matches these filters.</p>
          )
        }
      </Result>
    </section>
  );
}

function PageButton({
  enabled = false,
  onClick,
  children,
}: {
  enabled: boolean | undefined;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className="button" disabled={!enabled} onClick={onClick}>
      {children}
    </button>
  );
}

type TableProps = ViewControl & { records: readonly RecordNode[]; currency: string };

/** A page of records, sortable by month and pay; each record can be flagged. */
function RecordsTable({ records, currency, ...control }: TableProps) {
  const [flagging, setFlagging] = useState<RecordNode | null>(null);
  const [flagged, setFlagged] = useState<readonly string[]>([]);
  const [notice, setNotice] = useState("");
  const nameOf = ({ role, effective, pay }: RecordNode) =>
    [role?.label ?? "Record", pay.baseSalary === null ? null : money(pay.baseSalary, currency), effective]
      .filter(Boolean)
      .join(", ");

  function onFlagged(message: string) {
    setNotice(message);
    if (flagging) setFlagged([...flagged, flagging.id]);
    setFlagging(null);
  }

  return (
    <>
      <div className="table-scroll records" tabIndex={0} role="region" aria-label="Records">
        <table>
          <caption className="visually-hidden">Records that match the filters</caption>
          <thead>
            <tr>
              <SortableHeader {...control} field="EFFECTIVE" label="Month" />
              <SortableHeader {...control} field="BASE_SALARY" label="Base salary" />
              <SortableHeader {...control} field="TOTAL_COMPENSATION" label="Total" />
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
                flag={() => setFlagging(record)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p role="status" className="records-notice">
        {notice}
      </p>
      {flagging && (
        <Flag record={flagging} name={nameOf(flagging)} onDone={onFlagged} onClose={() => setFlagging(null)} />
      )}
    </>
  );
}

interface RowProps {
  record: RecordNode;
  currency: string;
  /** A short description that identifies it. */
  name: string;
  flagged: boolean;
  flag: () => void;
}

function RecordRow({ record, currency, name, flagged, flag }: RowProps) {
  const format = (amount: number | null) => (amount === null ? "" : money(amount, currency));
  const place = record.metro ?? record.subdivision;
  return (
    <tr>
      <td>{record.effective}</td>
      <td className="number">{format(record.pay.baseSalary)}</td>
      <td className="number">{format(record.pay.totalCompensation)}</td>
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
      <td>{reportedText(record.pay.reported)}</td>
      <td className="long">{record.source.label}</td>
      <td>
        <button
          type="button"
          className="records-flag"
          aria-label={`Flag: ${name}`}
          aria-pressed={flagged}
          title={flagged ? "You flagged this record" : "Flag this record as wrong"}
          onClick={flag}
        >
          {flagged ? "✓" : "⚑"}
        </button>
      </td>
    </tr>
  );
}

/** A column header that sorts the records: descending first, then ascending. */
function SortableHeader({ view, change, field, label }: ViewControl & { field: RecordOrderField; label: string }) {
  const current = view.order === field;
  const sort = view.ascending ? "ascending" : "descending";
  return (
    <th scope="col" className={field === "EFFECTIVE" ? undefined : "number"} aria-sort={current ? sort : "none"}>
      <button
        type="button"
        className="sort"
        onClick={() => change({ order: field, ascending: current && !view.ascending })}
      >
        {label}
        <span aria-hidden="true">{current ? (view.ascending ? " ↑" : " ↓") : " ↕"}</span>
      </button>
    </th>
  );
}

const FlagRecord = graphql(`
  mutation FlagRecord($id: ID!, $reason: String!, $proof: String!) {
    flagRecord(id: $id, reason: $reason, proof: $proof) {
      flagged
      userErrors { message }
    }
  }
`);

interface FlagProps {
  record: RecordNode;
  name: string;
  onDone: (message: string) => void;
  onClose: () => void;
}

/** Asks what is wrong with a record and reports it to the moderators. */
function Flag({ record, name, onDone, onClose }: FlagProps) {
  const [, flag] = useMutation(FlagRecord);
  const { take, discard } = useProofOfWork(true);

  async function send(reason: string): Promise<string | null> {
    let proof: string;
    try {
      proof = await take();
    } catch (error) {
      return proofFailure(error);
    }
    const { data, error } = await flag({ id: record.id, reason, proof });
    if (error) return errorMessage(error);
    if (!data?.flagRecord.flagged) {
      discard(); // it may be too old
      return data?.flagRecord.userErrors.map(({ message }) => message).join(" ") ?? "The service did not accept it.";
    }
    onDone(`Thank you. The moderators were notified about ${name}.`);
    return null;
  }

  return (
    <NoteDialog
      title={`Flag: ${name}`}
      label="What is wrong with it?"
      hint="Moderators read it. Nothing about you is sent."
      submitLabel="Flag the record"
      sendingLabel="Sending…"
      maxLength={500}
      send={send}
      onClose={onClose}
    />
  );
}

/** A record as a row of the download. */
function recordRow(record: RecordNode, currency: string) {
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
    "As reported": reportedText(reported),
    Source: record.source.label,
  } satisfies Row;
}

/** The most specific place that is known, and the country. */
function placeOf({ metro, subdivision, country }: RecordNode): string | null {
  const place = metro ?? subdivision;
  return place && country ? `${place.label}, ${country.label}` : (place?.label ?? country?.label ?? null);
}

/** The reported base salary before conversion: “INR 4,200,000”, or the ends of a range, of which one may be open. */
function reportedText({ currency, baseSalary, baseLow, baseHigh }: RecordNode["pay"]["reported"]): string | null {
  const format = (amount: number) => amount.toLocaleString("en", { maximumFractionDigits: 0 });
  if (baseLow !== null && baseHigh !== null) return `${currency} ${format(baseLow)} to ${format(baseHigh)}`;
  if (baseLow !== null) return `from ${currency} ${format(baseLow)}`;
  if (baseHigh !== null) return `up to ${currency} ${format(baseHigh)}`;
  return baseSalary === null ? null : `${currency} ${format(baseSalary)}`;
}
