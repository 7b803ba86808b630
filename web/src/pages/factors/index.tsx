import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";
import { ValuePicker } from "../../components/factor-picker";
import { Field } from "../../components/field";
import { count, words } from "../../components/format";
import { Failure, Loading, wordsOf } from "../../components/query";
import type { Measure } from "../../gql/graphql";
import type { Verdict } from "./claim";
import { ClaimCard, Turns, VERDICTS } from "./claim-card";
import { CLAIMS } from "./claims";
import { type Ground, useGround } from "./scope";
import "./factors.css";

const MEASURES = ["BASE_SALARY", "TOTAL_CASH", "TOTAL_COMPENSATION"] as const satisfies readonly Measure[];

/** What is said about pay, each with what the records say of it. Country and measure stand in the address. */
export default function FactorsPage() {
  const [params, setParams] = useSearchParams();
  const country = params.get("country");
  const measure = MEASURES.find((known) => known === params.get("measure")) ?? "BASE_SALARY";
  const { ground, error, ask } = useGround(country, measure);

  function tell(name: string, value: string | null) {
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (value) after.set(name, value);
      else after.delete(name);
      return after;
    });
  }

  return (
    <>
      <header className="page-head">
        <h1>What moves pay</h1>
        <p className="quiet">
          What is often said about pay, held against the records. Differences of pay compare records that are alike in
          role, level, place and all else that they tell: they are what goes with a value, which need not be what it
          causes.
        </p>
      </header>
      <div className="factors-scope">
        <ValuePicker
          factor="COUNTRY"
          label="Country"
          none="All countries"
          hint="Type to search"
          value={country}
          onChange={(code) => tell("country", code)}
        />
        <Field label="Measure" hint="What of the pay is compared">
          {(control) => (
            <select {...control} value={measure} onChange={(event) => tell("measure", event.target.value)}>
              {MEASURES.map((known) => (
                <option key={known} value={known}>
                  {words(known)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {error ? (
        <Failure
          message={wordsOf(error)}
          {...(error.networkError && { retry: () => ask({ requestPolicy: "network-only" }) })}
        />
      ) : !ground ? (
        <Loading what="what to compare" />
      ) : ground.records === 0 ? (
        <p className="state" role="status">
          There are no records here. Choose another country, or none for all of them.
        </p>
      ) : (
        <Claims key={`${country} ${measure}`} country={country} measure={measure} ground={ground} />
      )}
    </>
  );
}

function Claims(scope: { country: string | null; measure: Measure; ground: Ground }) {
  const [turns] = useState(() => new Turns(2)); // fits take a second or two each, and others ask too
  const [verdicts, setVerdicts] = useState<Readonly<Record<string, Verdict>>>({});
  const keep = useCallback(
    (id: string, verdict: Verdict) => setVerdicts((before) => ({ ...before, [id]: verdict })),
    [],
  );
  const asked = CLAIMS.map((claim) => ({ claim, question: claim.question(scope) }));
  const known = asked.flatMap(({ claim, question }) =>
    typeof question === "string" ? "too little data" : (verdicts[claim.id] ?? []),
  );
  return (
    <>
      <p className="factors-tally" role="status">
        {known.length < asked.length
          ? `${known.length} of ${asked.length} claims measured on ${count(scope.ground.records)} records.`
          : `${asked.length} claims, measured on ${count(scope.ground.records)} records: ${tally(known)}.`}
      </p>
      <div className="claims">
        {asked.map(({ claim, question }) => (
          <ClaimCard key={claim.id} claim={claim} question={question} turns={turns} onVerdict={keep} />
        ))}
      </div>
      <p className="quiet">
        A claim is supported when the whole 95% interval of each of its figures lies where the claim says, supported in
        part when some do. Where an interval holds zero, the records do not tell which way the value moves pay.
      </p>
    </>
  );
}

function tally(known: readonly Verdict[]): string {
  const names = Object.keys(VERDICTS) as Verdict[];
  const counted = names.map((name) => ({ name, number: known.filter((verdict) => verdict === name).length }));
  return counted.flatMap(({ name, number }) => (number ? `${number} ${VERDICTS[name].toLowerCase()}` : [])).join(", ");
}
