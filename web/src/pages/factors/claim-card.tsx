import type { LimitFunction } from "p-limit";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { IntervalBar } from "../../charts/interval-bar";
import { countOf } from "../../components/format";
import { EmptyState, errorMessage, Failure, queryLink } from "../../components/query";
import { Reason } from "../../components/text-with-code";
import {
  type Claim,
  type ClaimQuery,
  type Estimate,
  type Evidence,
  estimateText,
  extentOf,
  type Result,
  shortEstimateText,
  sideOf,
  summaryOf,
  type Verdict,
  verdictOf,
} from "./claim";
import { ContributedLink } from "./contributed-link";
import { type OfficialComparison, OfficialComparisonText } from "./official-comparison";

interface ClaimCardProps {
  claim: Claim;
  /** The claim's query, or why there is none. */
  query: ClaimQuery | string;
  /** Why no record reports what the claim needs, if none does. */
  gap: string | undefined;
  /** Official wages that say something about it too, if there are any. */
  comparison: OfficialComparison | null;
  /** Limits the queries that run at the same time. */
  limit: LimitFunction;
  /** Called when the result is known. */
  onResult: (id: string, result: Result) => void;
}

/** A claim with its verdict and the evidence for it. */
export function ClaimCard({ claim, query, gap, comparison, limit, onResult }: ClaimCardProps) {
  return (
    <article className="card claim" aria-labelledby={claim.id}>
      <h3 id={claim.id}>{claim.statement}</h3>
      {gap || typeof query === "string" ? (
        <NoEvidence reason={gap ?? String(query)} />
      ) : (
        <TestedClaim claim={claim} query={query} limit={limit} onResult={onResult} />
      )}
      {comparison && <OfficialComparisonText comparison={comparison} />}
      {claim.method && <p className="quiet claim-method">{claim.method}</p>}
      {typeof query !== "string" && query.premiumsOf && <ContributedLink factor={query.premiumsOf} />}
      {typeof query !== "string" && (
        <a className="button button-quiet claim-query" href={queryLink(query.document, query.variables)}>
          Show the query<span className="visually-hidden"> of: {claim.statement}</span>
        </a>
      )}
    </article>
  );
}

type TestedClaimProps = Pick<ClaimCardProps, "claim" | "limit" | "onResult"> & { query: ClaimQuery };

function TestedClaim({ claim, query, limit, onResult }: TestedClaimProps) {
  const [done, setDone] = useState(false);
  const running = useLimit(limit, done);
  const [{ data, error, fetching }, refetch] = useQuery({
    query: query.document,
    variables: query.variables,
    pause: !running,
  });
  const evidence = data && !fetching ? query.evaluate(data) : undefined;
  const verdict = evidence && verdictOf(evidence);
  const extent = evidence && extentOf(evidence);

  useEffect(() => {
    if (verdict || error) setDone(true);
    if (verdict && extent) onResult(claim.id, { verdict, extent });
  }, [verdict, extent, error, claim.id, onResult]);

  if (error) {
    const retry = () => refetch({ requestPolicy: "network-only" });
    return <Failure message={errorMessage(error)} {...(error.networkError && { retry })} />;
  }
  if (!evidence || !verdict) return <Pending queued={!running} />;
  if (!evidence.estimates.length) return <NoEvidence reason={evidence.reason ?? "Not enough records report it."} />;
  return <EvidenceView claim={claim} evidence={evidence} verdict={verdict} />;
}

/** Whether the component holds one of the limit's slots; it frees the slot when it is done or unmounts. */
function useLimit(limit: LimitFunction, done: boolean): boolean {
  const [running, setRunning] = useState(false);
  useEffect(() => {
    if (done) return;
    let mounted = true;
    let free = () => {};
    void limit(() => {
      if (!mounted) return;
      setRunning(true);
      return new Promise<void>((resolve) => {
        free = resolve;
      });
    });
    return () => {
      mounted = false;
      free();
    };
  }, [limit, done]);
  return running;
}

function EvidenceView({ claim, evidence, verdict }: { claim: Claim; evidence: Evidence; verdict: Verdict }) {
  const { missing = [], cautions = [] } = evidence;
  return (
    <>
      <VerdictChip verdict={verdict} />
      <p>{summaryOf(evidence)}</p>
      <Estimates evidence={evidence} caption={claim.statement} />
      {cautions.map((message) => (
        <p key={message} className="caution">
          {message}
        </p>
      ))}
      {missing.length > 0 && (
        <div className="quiet">
          <Reason
            text={`Not enough records: ${missing.map((name) => name.replaceAll("-", " ")).join(", ")}. ${evidence.reason ?? ""}`}
          />
        </div>
      )}
    </>
  );
}

function NoEvidence({ reason }: { reason: string }) {
  return (
    <>
      <VerdictChip verdict="not enough data" />
      <EmptyState title="Not measured">
        <Reason text={reason} />
      </EmptyState>
    </>
  );
}

function Pending({ queued }: { queued: boolean }) {
  return (
    <div className="loading claim-pending">
      <span>{queued ? "Queued" : "Measuring…"}</span>
    </div>
  );
}

const SYMBOLS: Record<Verdict, string> = {
  supported: "✓",
  "partly supported": "◐",
  "not supported": "✕",
  "not enough data": "?",
};

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  supported: "Supported",
  "partly supported": "Partly supported",
  "not supported": "Not supported",
  "not enough data": "Not enough data",
};

function VerdictChip({ verdict }: { verdict: Verdict }) {
  return (
    <span className={`chip verdict verdict-${verdict.replaceAll(" ", "-")}`}>
      <span aria-hidden="true">{SYMBOLS[verdict]}</span> {VERDICTS[verdict]}
    </span>
  );
}

/** The estimates of a claim, each as a dot on its interval: a table that is also a chart. */
function Estimates({ evidence: { estimates, unit, threshold = 0 }, caption }: { evidence: Evidence; caption: string }) {
  const ends = [threshold, ...estimates.flatMap(({ low, high }) => [low, high])];
  const [min, max] = [Math.min(...ends), Math.max(...ends)];
  const margin = 0.04 * (max - min);
  return (
    <table className="rows estimates">
      <caption className="visually-hidden">{caption}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Value and records</th>
          <th scope="col">Chart</th>
          <th scope="col">Estimate and 95% CI</th>
        </tr>
      </thead>
      <tbody>
        {estimates.map((estimate) => (
          <tr key={estimate.label} className={estimate.predicted ? undefined : "estimate-other"}>
            <th scope="row">
              {estimate.label}
              <small>{countOf(estimate.records, "record")}</small>
            </th>
            <td>
              <IntervalBar
                value={estimate.value}
                low={estimate.low}
                high={estimate.high}
                from={min - margin}
                to={max + margin}
                line={threshold}
                tone={toneOf(estimate, threshold)}
              />
            </td>
            <td className="number">
              {estimateText(estimate.value, unit)}
              <small>
                {shortEstimateText(estimate.low, unit)} to {shortEstimateText(estimate.high, unit)}
              </small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toneOf(estimate: Estimate, threshold: number): "plain" | "good" | "bad" {
  const side = sideOf(estimate, threshold);
  if (!estimate.predicted || !side) return "plain";
  return side === estimate.predicted ? "good" : "bad";
}
