import { useEffect } from "react";
import { useQuery } from "urql";
import { Failure, Loading, Nothing, wordsOf } from "../../components/query";
import { Downloads, Edition, EditionFacts, Sources } from "./edition";
import { Contributed, Making, Part, Untold } from "./methodology";
import "./about.css";

const PARTS = [
  ["sources", "Where the records come from"],
  ["downloads", "Downloads"],
  ["how-a-number-is-made", "How a number is made"],
  ["what-is-not-told", "What is not told, and why"],
  ["contributions", "What becomes of contributions"],
] as const;

/** What the figures are made of, and how. */
export default function About() {
  useAddressed();
  return (
    <>
      <div className="about-head">
        <h1>About the data</h1>
        <p className="quiet">
          Every answer is of one edition: a numbered state of all records, which never changes. This page says what is
          in it, and what becomes of it before you see a figure.
        </p>
        <nav aria-label="On this page">
          <ul className="about-contents">
            {PARTS.map(([id, title]) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <Data />
      <Making />
      <Untold />
      <Contributed />
      <Part id="ask" title="Ask the API yourself">
        <p>
          All of this comes from an open API, and these pages use nothing else. <a href="/graphiql">GraphiQL</a> has
          examples to start from.
        </p>
      </Part>
    </>
  );
}

/** What depends on the edition; the rest of the page is there without it. */
function Data() {
  const [{ data, fetching, error }, again] = useQuery({ query: Edition });
  const edition = data?.edition;
  function state() {
    if (error && !edition)
      return <Failure message={wordsOf(error)} retry={() => again({ requestPolicy: "network-only" })} />;
    if (fetching || !edition) return <Loading what="the edition" />;
    if (edition.records > 0) return null;
    return (
      <Nothing title="There are no records yet">
        <p>
          Whoever runs this installation can import some; the first contribution will do as well, once there are enough
          like it.
        </p>
      </Nothing>
    );
  }
  const shown = state();
  return (
    <>
      <Part id="sources" title="Where the records come from">
        {shown ?? (edition && <EditionFacts edition={edition} />)}
        {!shown && edition && <Sources edition={edition} />}
      </Part>
      <Part id="downloads" title="Downloads">
        {!shown && edition ? (
          <Downloads edition={edition} />
        ) : (
          <p className="quiet">The files of the edition are offered here.</p>
        )}
      </Part>
    </>
  );
}

/** Goes to the part that the address names: the browser looked for it before it was there. */
function useAddressed() {
  useEffect(() => {
    const id = window.location.hash.slice(1);
    if (id) document.getElementById(id)?.scrollIntoView();
  }, []);
}
