import { lazy, Suspense, useState } from "react";
import type { RecordOrderField } from "../../gql/graphql";
import { money, words } from "../../parts/format";
import { reportedWords } from "./record-row";
import type { RecordFound } from "./records";
import type { ViewControl } from "./use-view";
import "./records.css";

const Flag = lazy(() => import("./flag"));

type TableProps = ViewControl & { records: readonly RecordFound[]; currency: string };

/** A page of records; its columns of time and pay order it, and each record can be flagged. */
export function RecordsTable({ records, currency, ...control }: TableProps) {
  const [doubted, setDoubted] = useState<RecordFound | null>(null);
  const [flagged, setFlagged] = useState<readonly string[]>([]);
  const [news, setNews] = useState("");
  const nameOf = ({ role, effective, pay }: RecordFound) =>
    [role?.label ?? "Record", pay.baseSalary === null ? null : money(pay.baseSalary, currency), effective].filter(Boolean).join(", ");

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
      {doubted && (
        <Suspense>
          <Flag record={doubted} name={nameOf(doubted)} onDone={done} onClose={() => setDoubted(null)} />
        </Suspense>
      )}
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
        <small>{[place && record.country?.label, record.workMode && words(record.workMode)].filter(Boolean).join(", ")}</small>
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
      <button type="button" className="order" onClick={() => change({ order: field, ascending: current && !view.ascending })}>
        {label}
        <span aria-hidden="true">{current ? (view.ascending ? " ↑" : " ↓") : " ↕"}</span>
      </button>
    </th>
  );
}
