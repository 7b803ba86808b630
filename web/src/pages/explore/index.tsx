import { useDeferredValue, useState } from "react";
import { useQuery } from "urql";
import { FILTER_FIELDS } from "../../components/conditions";
import { FALLBACK_MEASURE } from "../../components/measure-coverage";
import { EmptyState, Loading, useLatestResult } from "../../components/query";
import { Reason } from "../../components/text-with-code";
import { graphql } from "../../gql";
import type { HeadlineQuery, HeadlineQueryVariables } from "../../gql/graphql";
import { Controls, Filters } from "./filters";
import { Headline, HeadlineCard } from "./headline";
import { MEASURES } from "./measures";
import { OfficialLine, officialWage } from "./official-wage";
import { ClearFilters, QueryFailure } from "./query-failure";
import { Sections } from "./sections";
import { useShownMeasure } from "./shown-measure";
import { useView, type ViewControl, type ViewState } from "./view";
import "./explore.css";

/** Statistics of pay under any filters. The whole view is in the URL. */
export default function ExplorePage() {
  const current = useView();
  const shownMeasure = useShownMeasure(current);
  const { control, coverage } = shownMeasure;
  const headline = useLatestResult(
    Headline,
    { ...(control ?? current).cohort, measure: control?.measure ?? FALLBACK_MEASURE },
    !control,
  );
  const { data, variables } = headline;
  const [attempt, setAttempt] = useState(0); // a new key makes all sections query again
  const deferredControl = useDeferredControl(control);
  const cohort = data?.cohort;
  const error = shownMeasure.error ?? headline.error;
  const shown = !error || (error.networkError && cohort);

  function retryAll() {
    setAttempt(attempt + 1);
    shownMeasure.retry();
    if (control) headline.retry();
  }

  return (
    <div className="explore">
      <header className="intro">
        <h1>What do machine-learning jobs pay?</h1>
        <p className="quiet">Filter the records; every figure updates at once and shows the records behind it.</p>
      </header>
      <div className="query-bar">
        <Filters {...current} />
        <Controls {...current} measure={current.view.measure ?? control?.measure} coverage={coverage} />
      </div>
      {error && <QueryFailure error={error} retry={retryAll} {...current} />}
      {shown && !cohort && <Loading what="pay" tall />}
      {shown && cohort?.stats && (
        <HeadlineCard
          cohort={cohort}
          stats={cohort.stats}
          variables={variables}
          former={shownMeasure.former}
          busy={headline.fetching || shownMeasure.pending}
        />
      )}
      {shown && cohort && !cohort.stats && <SuppressedCohort found={cohort} variables={variables} {...current} />}
      {shown && deferredControl && (
        <Sections key={attempt} control={deferredControl} hasStats={!cohort || Boolean(cohort.stats)} />
      )}
    </div>
  );
}

/**
 * The view for the sections below the headline. Another cohort or measure reaches them a moment later, so that the headline is
 * queried and painted first; their own settings apply at once. What they change meanwhile, they change in the current view.
 */
function useDeferredControl(control: ViewControl | undefined): ViewControl | undefined {
  const deferred = useDeferredValue(control);
  if (!control || !deferred || headlineKey(control) === headlineKey(deferred)) return control;
  return { ...deferred, change: control.change, link: control.link };
}

function headlineKey({ cohort, measure }: ViewControl): string {
  return JSON.stringify([cohort, measure]);
}

type SuppressedCohortProps = ViewState & { found: HeadlineQuery["cohort"]; variables: HeadlineQueryVariables };

/** Why a cohort has no statistics, and the closest larger cohorts. */
function SuppressedCohort({ found, variables, view: { conditions }, change }: SuppressedCohortProps) {
  const available = found.unavailable?.available[0];
  const last = conditions.at(-1);
  const name = FILTER_FIELDS.find((field) => field.name === last?.field)?.label;
  const label = MEASURES[variables.measure].label.toLowerCase();
  return (
    <EmptyState title={found.suppressed ? "Not enough data" : `Not enough records with ${label}`}>
      <Reason label={found.label} text={found.unavailable?.message ?? ""} />
      <OfficialFallback {...variables} />
      <div className="row">
        {last && (
          <button
            type="button"
            className="button button-main"
            onClick={() => change({ conditions: conditions.slice(0, -1) })}
          >
            Remove the filter “{name}”
          </button>
        )}
        {available && (
          <button type="button" className="button" onClick={() => change({ measure: available })}>
            Show {MEASURES[available].label.toLowerCase()}
          </button>
        )}
        {conditions.length > 1 && <ClearFilters change={change} />}
      </div>
    </EmptyState>
  );
}

const OfficialWages = graphql(`
  query OfficialWages($where: CohortFilter, $currency: Currency!, $adjust: Adjustment!) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
      officialWages { ...OfficialFigures }
    }
  }
`);

/** The official wages of a cohort without statistics. */
function OfficialFallback({ where, currency, adjust, measure }: HeadlineQueryVariables) {
  const [{ data }] = useQuery({ query: OfficialWages, variables: { where, currency, adjust } });
  const wage = officialWage(data?.cohort.officialWages ?? [], measure);
  return wage && <OfficialLine wage={wage} />;
}
