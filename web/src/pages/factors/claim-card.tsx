import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { IntervalBar } from "../../charts/interval-bar";
import { count } from "../../components/format";
import { Failure, Nothing, queryLink, wordsOf } from "../../components/query";
import {
  bareFigureOf,
  type Claim,
  type Estimate,
  figureOf,
  findingOf,
  type Question,
  type Reading,
  sideOf,
  type Verdict,
  verdictOf,
} from "./claim";
import "../../charts/chart.css";

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
      {typeof question === "string" ? (
        <Untold reason={question} />
      ) : (
        <Asked claim={claim} question={question} turns={turns} onVerdict={onVerdict} />
      )}
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
  const [{ data, error, fetching }, ask] = useQuery({
    query: question.query,
    variables: question.variables,
    pause: !ours,
  });
  const reading = data && !fetching ? question.read(data) : undefined;
  const verdict = reading && verdictOf(reading);

  useEffect(() => {
    if (verdict || error) setDone(true);
    if (verdict) onVerdict(claim.id, verdict);
  }, [verdict, error, claim.id, onVerdict]);

  if (error)
    return (
      <Failure
        message={wordsOf(error)}
        {...(error.networkError && { retry: () => ask({ requestPolicy: "network-only" }) })}
      />
    );
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
      {missing.length > 0 && (
        <p className="quiet">
          Too few records to tell of {missing.map((name) => name.replaceAll("-", " ")).join(", ")}.
        </p>
      )}
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

const SIGNS: Record<Verdict, string> = { supported: "✓", "in part": "◐", "not supported": "✕", "too little data": "?" };

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  supported: "Supported",
  "in part": "Supported in part",
  "not supported": "Not supported",
  "too little data": "Too little data",
};

/** How a claim stands, in a word. */
export function VerdictChip({ verdict }: { verdict: Verdict }) {
  return (
    <span className={`chip verdict verdict-${verdict.replaceAll(" ", "-")}`}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {VERDICTS[verdict]}
    </span>
  );
}

/** The figures of a claim, each as a dot on its interval: a chart that is a table. */
export function Estimates({ reading: { estimates, unit, line = 0 }, caption }: { reading: Reading; caption: string }) {
  const ends = [line, ...estimates.flatMap(({ low, high }) => [low, high])];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = 0.04 * (most - least);
  return (
    <table className="rows estimates">
      <caption className="visually-hidden">{caption}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Value and records</th>
          <th scope="col">Picture</th>
          <th scope="col">Figure and 95% interval</th>
        </tr>
      </thead>
      <tbody>
        {estimates.map((estimate) => (
          <tr key={estimate.label} className={estimate.claimed ? undefined : "estimate-aside"}>
            <th scope="row">
              {estimate.label}
              <small>{count(estimate.records)} records</small>
            </th>
            <td>
              <IntervalBar
                {...placed(estimate)}
                from={least - room}
                to={most + room}
                line={line}
                tone={toneOf(estimate, line)}
              />
            </td>
            <td className="number">
              {figureOf(estimate.at, unit)}
              <small>
                {bareFigureOf(estimate.low, unit)} to {bareFigureOf(estimate.high, unit)}
              </small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function placed({ at, low, high }: Estimate) {
  return { at, low, high };
}

function toneOf(estimate: Estimate, line: number): "plain" | "good" | "bad" {
  const side = sideOf(estimate, line);
  if (!estimate.claimed || !side) return "plain";
  return side === estimate.claimed ? "good" : "bad";
}

/** Lets a few do something at the same time; the others wait for their turn. */
export class Turns {
  private going = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** Calls `go` as soon as it may; whoever is done, or does not want any more, calls what this returns. */
  take(go: () => void): () => void {
    let mine = false;
    const start = () => {
      mine = true;
      this.going += 1;
      go();
    };
    if (this.going < this.most) start();
    else this.waiting.push(start);
    return () => {
      const at = this.waiting.indexOf(start);
      if (at >= 0) this.waiting.splice(at, 1);
      if (!mine) return;
      mine = false;
      this.going -= 1;
      this.waiting.shift()?.();
    };
  }
}

/** Whether it is this component's turn; it passes on when it is done or goes away. */
export function useTurn(turns: Turns, done: boolean): boolean {
  const [ours, setOurs] = useState(false);
  useEffect(() => (done ? undefined : turns.take(() => setOurs(true))), [turns, done]);
  return ours;
}
