import { graphql } from "../../gql";
import type { EditionQuery } from "../../gql/graphql";
import { count } from "../../parts/format";
import { KINDS } from "./kinds";

export const Edition = graphql(`
  query Edition {
    edition {
      number
      publishedAt
      records
      sources { code label kind licence url records }
    }
  }
`);

export type Told = EditionQuery["edition"];

const day = new Intl.DateTimeFormat("en", { dateStyle: "long" });

/** Which state of the data all answers are of. */
export function EditionFacts({ edition }: { edition: Told }) {
  return (
    <dl className="about-facts">
      <div>
        <dt>Edition</dt>
        <dd>{count(edition.number)}</dd>
      </div>
      <div>
        <dt>Published</dt>
        <dd>
          <time dateTime={edition.publishedAt}>{day.format(new Date(edition.publishedAt))}</time>
        </dd>
      </div>
      <div>
        <dt>Records</dt>
        <dd>{count(edition.records)}</dd>
      </div>
      <div>
        <dt>Sources</dt>
        <dd>{count(edition.sources.length)}</dd>
      </div>
    </dl>
  );
}

/** Where the records come from, what they are, and under which terms. */
export function Sources({ edition }: { edition: Told }) {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Sources, as a table">
      <table className="about-sources">
        <caption className="visually-hidden">Sources of edition {edition.number}</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Kind</th>
            <th scope="col" className="number">
              Records
            </th>
            <th scope="col">Licence</th>
          </tr>
        </thead>
        <tbody>
          {edition.sources.map((source) => (
            <tr key={source.code}>
              <th scope="row">
                {source.url ? (
                  <a href={source.url} rel="noreferrer">
                    {source.label}
                  </a>
                ) : (
                  source.label
                )}
              </th>
              <td>
                <strong>{KINDS[source.kind].name}</strong>
                <span className="quiet"> {KINDS[source.kind].meaning}</span>
              </td>
              <td className="number">{count(source.records)}</td>
              <td>{source.licence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
