import type { RecordOrderField } from "../../gql/graphql";
import { money, words } from "../../parts/format";
import { placeOf, reportedWords } from "./record-row";
import type { RecordFound } from "./records";
import type { ViewControl } from "./use-view";

/** A page of records; its columns of time and pay order it. */
export function RecordsTable({ records, currency, ...control }: ViewControl & { records: readonly RecordFound[]; currency: string }) {
  const told = (amount: number | null) => (amount === null ? "" : money(amount, currency));
  return (
    <div className="table-scroll records" tabIndex={0} role="region" aria-label="Records">
      <table>
        <caption className="visually-hidden">Records that match the filters</caption>
        <thead>
          <tr>
            <Ordering {...control} field="EFFECTIVE" label="Month" />
            <Ordering {...control} field="BASE_SALARY" label="Base salary" />
            <Ordering {...control} field="TOTAL_COMPENSATION" label="Total" />
            <th scope="col">Role</th>
            <th scope="col">Level</th>
            <th scope="col">Experience</th>
            <th scope="col">Place</th>
            <th scope="col">Work mode</th>
            <th scope="col">Employer or industry</th>
            <th scope="col" className="number">
              As reported
            </th>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id}>
              <td>{record.effective}</td>
              <td className="number">{told(record.pay.baseSalary)}</td>
              <td className="number">{told(record.pay.totalCompensation)}</td>
              <td>{record.role?.label}</td>
              <td>{record.level && words(record.level)}</td>
              <td>{record.experienceBand?.label}</td>
              <td>{placeOf(record)}</td>
              <td>{record.workMode && words(record.workMode)}</td>
              <td>{record.employer?.label ?? record.industry?.label}</td>
              <td className="number">{reportedWords(record.pay.reported)}</td>
              <td>{record.source.label}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
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
