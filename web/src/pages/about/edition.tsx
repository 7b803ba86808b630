import { addressOf } from "../../base";
import { count, countOf } from "../../components/format";
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

type CurrentEdition = EditionQuery["edition"];

const day = new Intl.DateTimeFormat("en", { dateStyle: "long" });

/** Number, date and size of the edition. */
export function EditionFacts({ edition }: { edition: CurrentEdition }) {
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

/** The sources with their type, size and licence. */
export function Sources({ edition }: { edition: CurrentEdition }) {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Table of sources">
      <table className="about-sources">
        <caption className="visually-hidden">Sources of edition {edition.number}</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Type</th>
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
                <strong>{SOURCE_TYPES[source.kind].name}</strong>
                <span className="quiet"> {SOURCE_TYPES[source.kind].description}</span>
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

/** The records of the edition as files; real and made-up records are in separate ones. */
export function Downloads({ edition }: { edition: CurrentEdition }) {
  const sum = (isSample: boolean) =>
    edition.sources
      .filter((source) => (source.kind === "SAMPLE") === isSample)
      .reduce((all, source) => all + source.records, 0);
  const [real, sample] = [sum(false), sum(true)];
  return (
    <>
      <ul className="about-files">
        {real > 0 && <Files name={`payrank-edition-${edition.number}`} title="Real records" records={real} />}
        {sample > 0 && (
          <Files name={`payrank-edition-${edition.number}-sample`} title="Made-up records" records={sample} isSample />
        )}
      </ul>
      <p>
        The files have the same fields as records of the API: <code>id</code>, month, source, codes of factors, pay as
        reported and in US dollars. Several codes in one field are separated by semicolons in CSV and a list in Parquet.
        An empty field is unknown, never zero. Scores of job satisfaction, career growth and work-life balance,
        competing offers and first offers of imported records appear in statistics only. Those of contributors appear in
        yearly tables only. The licences above apply to the records of each source.
      </p>
    </>
  );
}

function Files({
  name,
  title,
  records,
  isSample = false,
}: {
  name: string;
  title: string;
  records: number;
  isSample?: boolean;
}) {
  return (
    <li>
      <h3>{title}</h3>
      <p className="quiet">
        {countOf(records, "record")}
        {isSample && ". They say nothing about real pay."}
      </p>
      <p className="about-buttons">
        {["csv", "parquet"].map((format) => (
          <a key={format} className="button" href={addressOf(`/downloads/${name}.${format}`)} download>
            {format === "csv" ? "CSV" : "Parquet"}
            <span className="visually-hidden"> of the {title.toLowerCase()}</span>
          </a>
        ))}
      </p>
    </li>
  );
}

const SOURCE_TYPES: Record<SourceKind, { name: string; description: string }> = {
  SELF_REPORTED: { name: "Self-reported", description: "Pay that people reported to PayRank themselves." },
  VERIFIED: { name: "Verified", description: "Reported pay that was checked against a document." },
  SURVEY: { name: "Survey", description: "Answers to a survey by another organisation." },
  POSTED_RANGE: {
    name: "Posted range",
    description: "The midpoint of an advertised range: what is offered, not what is paid.",
  },
  GOVERNMENT_FILING: {
    name: "Government filing",
    description: "Pay that an employer declared to an authority, for example for a work visa.",
  },
  SAMPLE: { name: "Made up", description: "Drawn from a model, to demonstrate the service." },
};
