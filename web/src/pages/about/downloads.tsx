import { count } from "../../parts/format";
import type { Told } from "./edition";

/** The records of an edition as files; real and made-up ones are never in the same. */
export function Downloads({ edition }: { edition: Told }) {
  const sum = (madeUp: boolean) =>
    edition.sources.filter((source) => (source.kind === "SAMPLE") === madeUp).reduce((all, source) => all + source.records, 0);
  const [real, sample] = [sum(false), sum(true)];
  return (
    <>
      <ul className="about-files">
        {real > 0 && <Files name={`payrank-edition-${edition.number}`} title="Real records" records={real} />}
        {sample > 0 && <Files name={`payrank-edition-${edition.number}-sample`} title="Made-up records" records={sample} madeUp />}
      </ul>
      <p>
        A file has the same of each record as the API: its <code>id</code>, month, source, factors by their codes, pay as it was reported, and in US dollars.
        Several codes in one field of a CSV file have semicolons between them; in Parquet they are a list. An empty field is not told, which is never zero.
        Ratings, competing offers and first offers are told of no single record. The licences above go along with the records of each source.
      </p>
    </>
  );
}

function Files({ name, title, records, madeUp = false }: { name: string; title: string; records: number; madeUp?: boolean }) {
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
