import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { queryLink } from "../../parts/query-link";
import { Failure, Nothing, wordsOf } from "../../parts/states";
import { verdictOf, type Claim, type Question, type Reading, type Verdict } from "./claim";
import { Estimates } from "./estimates";
import { findingOf } from "./finding";
import { useTurn, type Turns } from "./turns";
import { VerdictChip } from "./verdict-chip";

interface ClaimCardProps {
  claim: Claim;
  /** What to ask, or why there is nothing to ask. */
  question: Question | string;
  turns: Turns;
  /** Called once it is clear how the claim stands. */
  onVerdict: (id: string, verdict: Verdict) => void;
}

/** One claim with what the records say of it. */
export function ClaimCard({ claim, question, turns, onVerdict }: ClaimCardProps) {
  return (
    <article className="card claim" aria-labelledby={claim.id}>
      <h2 id={claim.id}>{claim.sentence}</h2>
      {typeof question === "string" ? <Untold reason={question} /> : <Asked claim={claim} question={question} turns={turns} onVerdict={onVerdict} />}
      {claim.how && <p className="quiet claim-how">{claim.how}</p>}
      {typeof question !== "string" && (
        <a className="button button-quiet claim-query" href={queryLink(question.query, question.variables)}>
          Show the query<span className="visually-hidden"> of: {claim.sentence}</span>
        </a>
      )}
    </article>
  );
}

function Asked({ claim, question, turns, onVerdict }: ClaimCardProps & { question: Question }) {
  const [done, setDone] = useState(false);
  const ours = useTurn(turns, done);
  const [{ data, error, fetching }, ask] = useQuery({ query: question.query, variables: question.variables, pause: !ours });
  const reading = data && !fetching ? question.read(data) : undefined;
  const verdict = reading && verdictOf(reading);

  useEffect(() => {
    if (verdict || error) setDone(true);
    if (verdict) onVerdict(claim.id, verdict);
  }, [verdict, error, claim.id, onVerdict]);

  if (error) return <Failure message={wordsOf(error)} {...(error.networkError && { retry: () => ask({ requestPolicy: "network-only" }) })} />;
  if (!reading || !verdict) return <Measuring waits={!ours} />;
  if (!reading.estimates.length) return <Untold reason={reading.reason ?? "Too few records tell it."} />;
  return <Told claim={claim} reading={reading} verdict={verdict} />;
}

function Told({ claim, reading, verdict }: { claim: Claim; reading: Reading; verdict: Verdict }) {
  const { missing = [] } = reading;
  return (
    <>
      <VerdictChip verdict={verdict} />
      <p>{findingOf(reading)}</p>
      <Estimates reading={reading} caption={claim.sentence} />
      {missing.length > 0 && <p className="quiet">Too few records to tell of {missing.map((name) => name.replaceAll("-", " ")).join(", ")}.</p>}
    </>
  );
}

function Untold({ reason }: { reason: string }) {
  return (
    <>
      <VerdictChip verdict="too little data" />
      <Nothing title="The records do not tell">
        <p>{reason}</p>
      </Nothing>
    </>
  );
}

function Measuring({ waits }: { waits: boolean }) {
  return (
    <div className="loading claim-measuring">
      <span>{waits ? "Waits for its turn" : "Measuring…"}</span>
    </div>
  );
}
