import { useQuery } from "urql";
import { useSearchParams } from "wouter";
import { csvFile, download } from "../../charts/export";
import {
  type Breakdown,
  ContributedTable,
  csvRow,
  figureOf,
  PrivacyLedger,
  type ReportedTable,
  TABLE_GROUPS,
  tableOf,
  tableWith,
} from "../../components/contributed-tables";
import { useFactorValues, useLabel } from "../../components/factor-values";
import { Field } from "../../components/field";
import { count, words } from "../../components/format";
import { errorMessage, Failure, queryLink, Result, useLatestResult } from "../../components/query";
import type { ContributedTableQueryVariables } from "../../gql/graphql";
import { Section } from "./methodology";

/** The yearly tables of what contributors reported; the table and the role family are in the URL. */
export function Reported() {
  const [params, setParams] = useSearchParams();
  const table = tableOf(params.get("table"));
  const isByFamily = table.figure === null;
  const family = params.get("family") ?? "machine-learning";
  const result = useLatestResult(
    ContributedTable,
    isByFamily ? { ...table.variables, roleFamily: family } : table.variables,
  );
  return (
    <Section id="reported" title="What contributors reported">
      <p>
        Answers that are in no record are published in yearly tables, worldwide. A premium compares base salary with the
        published median of the role, or role family, in the contributor’s country. Means and shares are over the
        contributors who answered. These figures contain noise, which protects each contributor. World medians are over
        contributed records, in which each country has the weight of its number of contributors.
      </p>
      <div className="about-picker">
        <Field label="Table">
          {(control) => (
            <select {...control} value={table.id} onChange={(event) => setParams({ table: event.target.value })}>
              {TABLE_GROUPS.map(({ label, tables }) => (
                <optgroup key={label} label={label}>
                  {tables.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
                </optgroup>
              ))}
            </select>
          )}
        </Field>
        {isByFamily && <FamilyField value={family} onChange={(next) => setParams({ table: table.id, family: next })} />}
      </div>
      <Result of={result} what="the contributed answers" tall={false}>
        {({ contributedBreakdown: found }, variables) => {
          if (!found) return <Failure message={result.error ? errorMessage(result.error) : "There is no table."} />;
          if (found.unavailable) return <p className="quiet">{found.unavailable.message}</p>;
          return <Rows table={tableWith(variables)} found={found} variables={variables} />;
        }}
      </Result>
      <Ledger />
    </Section>
  );
}

/** The role family whose contributors are counted by country. */
function FamilyField({ value, onChange }: { value: string; onChange: (family: string) => void }) {
  const { values = [] } = useFactorValues({ factor: "ROLE" });
  return (
    <Field label="Role family">
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {values
            .filter(({ parent }) => !parent)
            .map(({ code, label }) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
        </select>
      )}
    </Field>
  );
}

interface RowsProps {
  table: ReportedTable;
  found: Breakdown;
  variables: ContributedTableQueryVariables;
}

function Rows({ table, found: { rows, year, epsilon, method }, variables }: RowsProps) {
  const { figure } = table;
  const family = variables.roleFamily ?? "";
  const familyLabel = useLabel("ROLE", family || null);
  const title = [table.title, familyLabel, year].filter(Boolean).join(", ");
  const hasRecords = rows.some(({ records }) => records !== null);
  const name = ["payrank-contributed-by", table.id, family, year].filter(Boolean).join("-");
  return (
    <div className="about-reported">
      <div className="table-scroll" tabIndex={0} role="group" aria-label={title}>
        <table>
          <caption className="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{table.rows}</th>
              <th scope="col" className="number">
                Contributors (about)
              </th>
              {hasRecords && (
                <th scope="col" className="number">
                  Records
                </th>
              )}
              {figure && (
                <th scope="col" className="number">
                  {figure.label}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.value.code}>
                <th scope="row">{row.value.label}</th>
                <td className="number">{count(row.contributors)}</td>
                {hasRecords && <td className="number">{row.records !== null && count(row.records)}</td>}
                {figure && <FigureCell of={figureOf(row)} text={figure.text} />}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">
        Year {year}, epsilon {epsilon}. {method}
      </p>
      <p className="about-buttons">
        <button
          type="button"
          className="button button-quiet"
          onClick={() => download(fileName(name), csvFile(rows.map((row) => csvRow(row, table))))}
        >
          Download this table (CSV)
        </button>
        <a className="button button-quiet" href={queryLink(ContributedTable, variables)}>
          Show the query
        </a>
      </p>
    </div>
  );
}

function FigureCell({ of: figure, text }: { of: ReturnType<typeof figureOf>; text: (value: number) => string }) {
  return (
    <td className="number">
      {figure && (
        <>
          {text(figure.value)}
          {figure.interval && (
            <small>
              {text(figure.interval.low)} to {text(figure.interval.high)}
            </small>
          )}
        </>
      )}
    </td>
  );
}

function fileName(name: string): string {
  return `${name.toLowerCase().replaceAll("_", "-")}.csv`;
}

/** The epsilon of every table that was published; nothing before the first. */
function Ledger() {
  const [{ data }] = useQuery({ query: PrivacyLedger });
  const ledger = data?.privacyLedger ?? [];
  if (!ledger.length) return null;
  return (
    <details className="about-ledger">
      <summary>Privacy ledger: the epsilon of every published table</summary>
      <div className="table-scroll" tabIndex={0} role="group" aria-label="Privacy ledger">
        <table>
          <caption className="visually-hidden">Epsilon of every published table</caption>
          <thead>
            <tr>
              <th scope="col">Year</th>
              <th scope="col">Table</th>
              <th scope="col" className="number">
                Epsilon
              </th>
            </tr>
          </thead>
          <tbody>
            {ledger.map(({ year, table, epsilon }) => (
              <tr key={`${year} ${table}`}>
                <td>{year}</td>
                <td>{words(table)}</td>
                <td className="number">{epsilon}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
