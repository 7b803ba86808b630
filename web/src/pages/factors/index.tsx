import pLimit from "p-limit";
import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";
import { FactorPicker } from "../../components/factor-picker";
import { Field } from "../../components/field";
import { count, countOf, words } from "../../components/format";
import { CoverageCaution, MeasureOption } from "../../components/measure-coverage";
import { errorMessage, Failure, Loading } from "../../components/query";
import { bySection, type Extent, gapOf, type Result, type Verdict } from "./claim";
import { ClaimCard, VERDICTS } from "./claim-card";
import { CLAIMS } from "./claims";
import { PAY, type Scope, useScope } from "./scope";
import "./factors.css";

const CONCURRENT_QUERIES = 2; // a fit takes a second or two, and other clients query as well

/** Common claims about pay, tested on the records. Country and measure are in the URL. */
export default function FactorsPage() {
  const [params, setParams] = useSearchParams();
  const country = params.get("country");
  const chosen = PAY.find((known) => known === params.get("measure")) ?? null;
  const { scope, measure, coverage, error, retry } = useScope(country, chosen);

  function setParam(name: string, value: string | null) {
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
          Common claims about pay, tested on the records. Differences in pay compare records with the same role, level,
          place and other reported factors. They are associations and need not be causes.
        </p>
      </header>
      <div className="factors-scope">
        <FactorPicker
          factor="COUNTRY"
          label="Country"
          none="All countries"
          hint="Type to search"
          value={country}
          onChange={(code) => setParam("country", code)}
        />
        <Field label="Measure" hint="The pay to compare">
          {(control) => (
            <select {...control} value={measure ?? ""} onChange={(event) => setParam("measure", event.target.value)}>
              {!measure && <option value="">…</option>}
              {PAY.map((known) => (
                <MeasureOption key={known} measure={known} label={words(known)} coverage={coverage} />
              ))}
            </select>
          )}
        </Field>
      </div>
      {error ? (
        <Failure message={errorMessage(error)} {...(error.networkError && { retry })} />
      ) : !scope ? (
        <Loading what="the values to compare" />
      ) : scope.size === 0 ? (
        <p className="state" role="status">
          There are no records in this country. Choose another one, or none for all countries.
        </p>
      ) : (
        <Claims key={`${country} ${measure}`} scope={scope} />
      )}
    </>
  );
}

const SECTIONS: Readonly<Record<Extent, string>> = {
  whole: "What the records answer",
  half: "What they answer in part",
  none: "What they do not answer",
};
const NO_RESULT: Result = { verdict: "not enough data", extent: "none" };

function Claims({ scope }: { scope: Scope }) {
  const [limit] = useState(() => pLimit(CONCURRENT_QUERIES));
  const [results, setResults] = useState<Readonly<Record<string, Result>>>({});
  const onResult = useCallback(
    (id: string, result: Result) => setResults((before) => ({ ...before, [id]: result })),
    [],
  );
  const claims = CLAIMS.map((claim) => {
    const [query, gap] = [claim.query(scope), gapOf(claim, scope.gaps)];
    return { claim, query, gap, result: gap || typeof query === "string" ? NO_RESULT : results[claim.id] };
  });
  const known = claims.flatMap(({ result }) => result?.verdict ?? []);
  const sections = bySection(claims, ({ result }) => result?.extent ?? "whole"); // until measured, as what is expected
  return (
    <>
      <p className="factors-tally" role="status">
        {known.length < claims.length
          ? `${known.length} of ${claims.length} claims measured on ${recordsText(scope)}.`
          : `${claims.length} claims, measured on ${recordsText(scope)}: ${tally(known)}.`}
      </p>
      <CoverageCaution cautions={scope.cautions} />
      <div className="claims">
        {sections.map((item) =>
          typeof item === "string" ? (
            <h2 key={item}>{SECTIONS[item]}</h2>
          ) : (
            <ClaimCard
              key={item.claim.id}
              claim={item.claim}
              query={item.query}
              gap={item.gap}
              comparison={item.claim.comparison?.(scope) ?? null}
              limit={limit}
              onResult={onResult}
            />
          ),
        )}
      </div>
      <p className="quiet">
        A claim is supported if the whole 95% confidence interval of each of its estimates is on the predicted side, and
        partly supported if some are. If an interval contains zero, the records do not show an effect.
      </p>
    </>
  );
}

/** The records that the claims are measured on, unless they have a measure of their own. */
function recordsText({ size, records, measure }: Scope): string {
  if (records === size) return countOf(size, "record");
  return `the ${count(records)} of ${countOf(size, "record")} that report ${words(measure).toLowerCase()}`;
}

/** “12 supported, 3 not supported”: the number of claims with each verdict. */
function tally(known: readonly Verdict[]): string {
  const names = Object.keys(VERDICTS) as Verdict[];
  const numbers = names.map((name) => ({ name, number: known.filter((verdict) => verdict === name).length }));
  return numbers.flatMap(({ name, number }) => (number ? `${number} ${VERDICTS[name].toLowerCase()}` : [])).join(", ");
}
