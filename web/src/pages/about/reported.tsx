import { useQuery } from "urql";
import { useSearchParams } from "wouter";
import { csvFile, download, type Row } from "../../charts/export";
import { fieldOf } from "../../components/conditions";
import { ContributedPremiums, PREMIUM_FACTORS, PrivacyLedger } from "../../components/contributed-premiums";
import { Field } from "../../components/field";
import { count, words } from "../../components/format";
import { errorMessage, Failure, queryLink, Result, useLatestResult } from "../../components/query";
import type { ContributedPremiumsQuery, Factor } from "../../gql/graphql";
import { estimateText } from "../factors/claim";
import { Section } from "./methodology";

type Breakdown = NonNullable<ContributedPremiumsQuery["contributedBreakdown"]>;
type BreakdownRow = Breakdown["rows"][number];

/** The yearly tables of premiums by a factor, which is in the URL. */
export function Reported() {
  const [params, setParams] = useSearchParams();
  const factor = PREMIUM_FACTORS.find((known) => known === params.get("factor")) ?? PREMIUM_FACTORS[0];
  const result = useLatestResult(ContributedPremiums, { factor });
  return (
    <Section id="reported" title="What contributors reported">
      <p>
        Answers that are in no record are published in yearly tables, worldwide. A premium compares base salary with the
        published median of the role, or role family, in the contributor’s country. All figures contain noise, which
        protects each contributor.
      </p>
      <div className="about-picker">
        <Field label="Factor">
          {(control) => (
            <select {...control} value={factor} onChange={(event) => setParams({ factor: event.target.value })}>
              {PREMIUM_FACTORS.map((known) => (
                <option key={known} value={known}>
                  {fieldOf(known).label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Result of={result} what="the contributed answers" tall={false}>
        {({ contributedBreakdown: table }, variables) => {
          if (!table) return <Failure message={result.error ? errorMessage(result.error) : "There is no table."} />;
          if (table.unavailable) return <p className="quiet">{table.unavailable.message}</p>;
          return <PremiumTable table={table} factor={variables.factor} />;
        }}
      </Result>
      <Ledger />
    </Section>
  );
}

function PremiumTable({ table: { rows, year, epsilon, method }, factor }: { table: Breakdown; factor: Factor }) {
  const { label } = fieldOf(factor);
  const title = `Premiums of contributors by ${label.toLowerCase()}, ${year}`;
  const name = `payrank-contributed-by-${factor.toLowerCase().replaceAll("_", "-")}-${year}.csv`;
  return (
    <div className="about-reported">
      <div className="table-scroll" tabIndex={0} role="group" aria-label={title}>
        <table>
          <caption className="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{label}</th>
              <th scope="col" className="number">
                Contributors (about)
              </th>
              <th scope="col" className="number">
                Premium and 95% CI
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ value, contributors, premiumPercent, premiumInterval }) => (
              <tr key={value.code}>
                <th scope="row">{value.label}</th>
                <td className="number">{count(contributors)}</td>
                <td className="number">
                  {premiumPercent !== null && estimateText(premiumPercent, "percent")}
                  {premiumInterval && (
                    <small>
                      {estimateText(premiumInterval.low, "percent")} to {estimateText(premiumInterval.high, "percent")}
                    </small>
                  )}
                </td>
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
          onClick={() => download(name, csvFile(rows.map((row) => csvRow(row, label))))}
        >
          Download this table (CSV)
        </button>
        <a className="button button-quiet" href={queryLink(ContributedPremiums, { factor })}>
          Show the query
        </a>
      </p>
    </div>
  );
}

function csvRow({ value, contributors, premiumPercent, premiumInterval }: BreakdownRow, label: string): Row {
  return {
    [label]: value.label,
    "Contributors (about)": contributors,
    "Premium (%)": premiumPercent,
    "Premium (%), 95% CI low": premiumInterval?.low ?? null,
    "Premium (%), 95% CI high": premiumInterval?.high ?? null,
  };
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
