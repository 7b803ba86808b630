import { useEffect } from "react";
import { useQuery } from "urql";
import { addressOf } from "../../base";
import { EmptyState, errorMessage, Failure, Loading } from "../../components/query";
import { Downloads, Edition, EditionFacts, Sources } from "./edition";
import { Contributions, Methodology, Section, Suppression } from "./methodology";
import { Reported } from "./reported";
import "./about.css";

const SECTIONS = [
  ["sources", "Sources"],
  ["downloads", "Downloads"],
  ["methodology", "How figures are calculated"],
  ["suppression", "What is suppressed, and why"],
  ["contributions", "How contributions are used"],
  ["reported", "What contributors reported"],
] as const;

/** The edition, its sources and files, and how figures are calculated. */
export default function AboutPage() {
  useScrollToHash();
  return (
    <>
      <div className="about-head">
        <h1>About the data</h1>
        <p className="quiet">
          Every result belongs to an edition: a numbered, immutable state of all records. This page describes the
          current edition and how its figures are calculated.
        </p>
        <nav aria-label="On this page">
          <ul className="about-contents">
            {SECTIONS.map(([id, title]) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <EditionSections />
      <Methodology />
      <Suppression />
      <Contributions />
      <Reported />
      <Section id="api" title="Use the API">
        <p>
          All of this comes from an open API, which these pages use as well.{" "}
          <a href={addressOf("/graphiql")}>GraphiQL</a> has examples to start from.
        </p>
      </Section>
    </>
  );
}

/** The sections that depend on the edition; the rest of the page does not wait for it. */
function EditionSections() {
  const [{ data, fetching, error }, refetch] = useQuery({ query: Edition });
  const edition = data?.edition;

  function placeholder() {
    if (error && !edition) {
      return <Failure message={errorMessage(error)} retry={() => refetch({ requestPolicy: "network-only" })} />;
    }
    if (fetching || !edition) return <Loading what="the edition" />;
    if (edition.records > 0) return null;
    return (
      <EmptyState title="There are no records yet">
        <p>The operator of this service can import records. Contributions appear once there are enough similar ones.</p>
      </EmptyState>
    );
  }

  const shown = placeholder();
  return (
    <>
      <Section id="sources" title="Sources">
        {shown ?? (edition && <EditionFacts edition={edition} />)}
        {!shown && edition && <Sources edition={edition} />}
      </Section>
      <Section id="downloads" title="Downloads">
        {!shown && edition ? (
          <Downloads edition={edition} />
        ) : (
          <p className="quiet">The files of the edition are listed here.</p>
        )}
      </Section>
    </>
  );
}

/** Scrolls to the element in the URL's hash, which did not exist yet when the browser looked for it. */
function useScrollToHash() {
  useEffect(() => {
    const id = window.location.hash.slice(1);
    if (id) document.getElementById(id)?.scrollIntoView();
  }, []);
}
