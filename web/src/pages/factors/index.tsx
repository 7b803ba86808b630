import pLimit from "p-limit";
import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";
import { FactorPicker } from "../../components/factor-picker";
import { Field } from "../../components/field";
import { countOf, words } from "../../components/format";
import { errorMessage, Failure, Loading } from "../../components/query";
import type { Measure } from "../../gql/graphql";
import type { Verdict } from "./claim";
import { ClaimCard, VERDICTS } from "./claim-card";
import { CLAIMS } from "./claims";
import { type Scope, useScope } from "./scope";
import "./factors.css";

const MEASURES = ["BASE_SALARY", "TOTAL_CASH", "TOTAL_COMPENSATION"] as const satisfies readonly Measure[];
const CONCURRENT_QUERIES = 2; // a fit takes a second or two, and other clients query as well

/** Common claims about pay, tested on the records. Country and measure are in the URL. */
export default function FactorsPage() {
  const [params, setParams] = useSearchParams();
  const country = params.get("country");
  const measure = MEASURES.find((known) => known === params.get("measure")) ?? "BASE_SALARY";
  const { scope, error, refetch } = useScope(country, measure);

  function setParam(name: string, value: string | null) {
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (value) after.set(name, value);
      else after.delete(name);
      return after;
    });
  }

  const retry = () => refetch({ requestPolicy: "network-only" });
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
            <select {...control} value={measure} onChange={(event) => setParam("measure", event.target.value)}>
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
        <Failure message={errorMessage(error)} {...(error.networkError && { retry })} />
      ) : !scope ? (
        <Loading what="the values to compare" />
      ) : scope.records === 0 ? (
        <p className="state" role="status">
          There are no records in this country. Choose another one, or none for all countries.
        </p>
      ) : (
        <Claims key={`${country} ${measure}`} scope={scope} />
      )}
    </>
  );
}

function Claims({ scope }: { scope: Scope }) {
  const [limit] = useState(() => pLimit(CONCURRENT_QUERIES));
  const [verdicts, setVerdicts] = useState<Readonly<Record<string, Verdict>>>({});
  const onVerdict = useCallback(
    (id: string, verdict: Verdict) => setVerdicts((before) => ({ ...before, [id]: verdict })),
    [],
  );
  const queries = CLAIMS.map((claim) => ({ claim, query: claim.query(scope) }));
  const known = queries.flatMap<Verdict>(({ claim, query }) =>
    typeof query === "string" ? "not enough data" : (verdicts[claim.id] ?? []),
  );
  return (
    <>
      <p className="factors-tally" role="status">
        {known.length < queries.length
          ? `${known.length} of ${queries.length} claims measured on ${countOf(scope.records, "record")}.`
          : `${queries.length} claims, measured on ${countOf(scope.records, "record")}: ${tally(known)}.`}
      </p>
      <div className="claims">
        {queries.map(({ claim, query }) => (
          <ClaimCard
            key={claim.id}
            claim={claim}
            query={query}
            comparison={claim.comparison?.(scope) ?? null}
            limit={limit}
            onVerdict={onVerdict}
          />
        ))}
      </div>
      <p className="quiet">
        A claim is supported if the whole 95% confidence interval of each of its estimates is on the predicted side, and
        partly supported if some are. If an interval contains zero, the records do not show an effect.
      </p>
    </>
  );
}

/** “12 supported, 3 not supported”: the number of claims with each verdict. */
function tally(known: readonly Verdict[]): string {
  const names = Object.keys(VERDICTS) as Verdict[];
  const numbers = names.map((name) => ({ name, number: known.filter((verdict) => verdict === name).length }));
  return numbers.flatMap(({ name, number }) => (number ? `${number} ${VERDICTS[name].toLowerCase()}` : [])).join(", ");
}
