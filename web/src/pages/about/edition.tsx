import { count } from "../../components/format";
import { graphql } from "../../gql";
import type { EditionQuery, SourceKind } from "../../gql/graphql";

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

/** The records of an edition as files; real and made-up ones are never in the same. */
export function Downloads({ edition }: { edition: Told }) {
  const sum = (madeUp: boolean) =>
    edition.sources
      .filter((source) => (source.kind === "SAMPLE") === madeUp)
      .reduce((all, source) => all + source.records, 0);
  const [real, sample] = [sum(false), sum(true)];
  return (
    <>
      <ul className="about-files">
        {real > 0 && <Files name={`payrank-edition-${edition.number}`} title="Real records" records={real} />}
        {sample > 0 && (
          <Files name={`payrank-edition-${edition.number}-sample`} title="Made-up records" records={sample} madeUp />
        )}
      </ul>
      <p>
        A file has the same of each record as the API: its <code>id</code>, month, source, factors by their codes, pay
        as it was reported, and in US dollars. Several codes in one field of a CSV file have semicolons between them; in
        Parquet they are a list. An empty field is not told, which is never zero. Ratings, competing offers and first
        offers are told of no single record. The licences above go along with the records of each source.
      </p>
    </>
  );
}

function Files({
  name,
  title,
  records,
  madeUp = false,
}: {
  name: string;
  title: string;
  records: number;
  madeUp?: boolean;
}) {
  return (
    <li>
      <h3>{title}</h3>
      <p className="quiet">
        {count(records)} records{madeUp && ". They say nothing about real pay."}
      </p>
      <p className="about-buttons">
        {["csv", "parquet"].map((ending) => (
          <a key={ending} className="button" href={`/downloads/${name}.${ending}`} download>
            {ending === "csv" ? "CSV" : "Parquet"}
            <span className="visually-hidden"> of the {title.toLowerCase()}</span>
          </a>
        ))}
      </p>
    </li>
  );
}

/** What each kind of record is, and what its pay is therefore. */
export const KINDS: Record<SourceKind, { name: string; meaning: string }> = {
  SELF_REPORTED: { name: "Self-reported", meaning: "Pay that people told PayRank themselves." },
  VERIFIED: { name: "Verified", meaning: "Reported pay that was checked against a document." },
  SURVEY: { name: "Survey", meaning: "Answers to a survey of somebody else." },
  POSTED_RANGE: {
    name: "Posted range",
    meaning: "The range of a job advertisement, taken at its middle: what is offered, not what is paid.",
  },
  GOVERNMENT_FILING: {
    name: "Government filing",
    meaning: "Pay that an employer declared to an authority, as for a work visa.",
  },
  SAMPLE: { name: "Made up", meaning: "Drawn from a model, to show how the service works." },
};
