import { useDeferredValue, useEffect, useEffectEvent, useState } from "react";
import type { CombinedError } from "urql";
import { FILTER_FIELDS } from "../../components/conditions";
import { count } from "../../components/format";
import { Failure, Loading, Nothing, useAnswer, wordsOf } from "../../components/query";
import type { HeadlineQuery, HeadlineQueryVariables } from "../../gql/graphql";
import { Controls, Filters } from "./filters";
import { Headline, HeadlinePicture } from "./headline";
import { MEASURES } from "./measures";
import { Sections } from "./sections";
import { useView, type ViewControl } from "./view";
import "./explore.css";

/** What records pay, by any filter. All that is chosen is in the address. */
export default function Explore() {
  const control = useView();
  const { data, asked, fetching, error, again } = useAnswer(Headline, {
    ...control.cohort,
    measure: control.view.measure,
  });
  const [attempt, setAttempt] = useState(0); // counts up so that all parts ask again
  const later = useHeadlineFirst(control);
  const found = data?.cohort;
  const shown = !error || (error.networkError && found);

  function retry() {
    setAttempt(attempt + 1);
    again();
  }

  return (
    <div className="explore">
      <header className="intro">
        <h1>What does machine-learning work pay?</h1>
        <p className="quiet">
          Choose whose pay to look at; every figure follows at once, with the records it rests on.
        </p>
      </header>
      <div className="asking">
        <Filters {...control} />
        <Controls {...control} />
      </div>
      {error && <Trouble error={error} retry={retry} {...control} />}
      {shown && !found && <Loading what="what is paid" tall />}
      {shown && found?.stats && <HeadlinePicture found={found} stats={found.stats} asked={asked} busy={fetching} />}
      {shown && found && !found.stats && <TooFew found={found} asked={asked} {...control} />}
      {shown && <Sections key={attempt} control={later} telling={!found || Boolean(found.stats)} />}
    </div>
  );
}

/**
 * The view as the parts below the headline show it. Where other records or figures are asked for it comes a moment later, so that the headline is
 * asked for and painted first; what is chosen within those parts comes at once.
 */
export function useHeadlineFirst(control: ViewControl): ViewControl {
  const later = useDeferredValue(control);
  return asks(control) === asks(later) ? control : later;
}

function asks({ cohort, view: { measure } }: ViewControl): string {
  return JSON.stringify([cohort, measure]);
}

type TooFewProps = ViewControl & { found: HeadlineQuery["cohort"]; asked: HeadlineQueryVariables };

/** Why nothing is told of a cohort, and the shortest ways to one that is large enough. */
export function TooFew({ found, asked, view: { conditions, measure }, change }: TooFewProps) {
  const last = conditions.at(-1);
  const name = FILTER_FIELDS.find((field) => field.name === last?.field)?.label;
  const label = MEASURES[asked.measure].label.toLowerCase();
  return (
    <Nothing title={found.suppressed ? "Too little to tell anything" : `Too few records tell ${label}`}>
      <p>
        <b>{found.label}</b>:{" "}
        {found.suppressed?.message ??
          `of ${count(found.size)} records, too few tell ${label} to give figures that say nothing of a single person.`}
      </p>
      <div className="row">
        {last && (
          <button
            type="button"
            className="button button-main"
            onClick={() => change({ conditions: conditions.slice(0, -1) })}
          >
            Widen: drop the filter “{name}”
          </button>
        )}
        {!found.suppressed && measure !== "BASE_SALARY" && (
          <button type="button" className="button" onClick={() => change({ measure: "BASE_SALARY" })}>
            Show base salary
          </button>
        )}
        {conditions.length > 1 && (
          <button type="button" className="button" onClick={() => change({ conditions: [] })}>
            Clear all filters
          </button>
        )}
      </div>
    </Nothing>
  );
}

/** Why the page cannot be told: no connection, which it waits for, or an address that the service does not understand. */
export function Trouble({ error, retry, view, change }: ViewControl & { error: CombinedError; retry: () => void }) {
  const offline = Boolean(error.networkError);
  const onBack = useEffectEvent(retry);
  useEffect(() => {
    if (!offline) return;
    const back = () => onBack();
    window.addEventListener("online", back);
    return () => window.removeEventListener("online", back);
  }, [offline]);

  return (
    <div className="trouble">
      <Failure message={wordsOf(error)} {...(offline && { retry })} />
      {!offline && view.conditions.length > 0 && (
        <button type="button" className="button" onClick={() => change({ conditions: [] })}>
          Clear all filters
        </button>
      )}
    </div>
  );
}
