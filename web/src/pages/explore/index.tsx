import { lazy, useState } from "react";
import { Loading } from "../../parts/states";
import { useAnswer } from "./answer";
import { BySection } from "./by-section";
import { Controls } from "./controls";
import { DistributionSection } from "./distribution";
import { Filters } from "./filters";
import { HeadlinePicture } from "./headline";
import { Headline } from "./headline-query";
import { Later } from "./later";
import { TooFew } from "./too-few";
import { Trouble } from "./trouble";
import { useView } from "./use-view";
import "./explore.css";

const TrendSection = lazy(() => import("./trend"));
const RecordsSection = lazy(() => import("./records"));

/** What records pay, by any filter. All that is chosen is in the address. */
export default function Explore() {
  const control = useView();
  const { data, asked, fetching, error, again } = useAnswer(Headline, { ...control.cohort, measure: control.view.measure });
  const [attempt, setAttempt] = useState(0); // counts up so that all parts ask again
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
        <p className="quiet">Choose whose pay to look at; every figure follows at once, with the records it rests on.</p>
      </header>
      <div className="asking">
        <Filters {...control} />
        <Controls {...control} />
      </div>
      {error && <Trouble error={error} retry={retry} {...control} />}
      {shown && !found && <Loading what="what is paid" tall />}
      {shown && found?.stats && <HeadlinePicture found={found} stats={found.stats} asked={asked} busy={fetching} />}
      {shown && found && !found.stats && <TooFew found={found} asked={asked} {...control} />}
      {shown && (
        <div key={attempt} className="sections">
          {(!found || found.stats) && (
            <>
              <div className={control.view.and ? "side-by-side side-by-side-not" : "side-by-side"}>
                <BySection {...control} />
                <DistributionSection {...control} />
              </div>
              <Later what="the trend">{(seen) => <TrendSection {...control} seen={seen} />}</Later>
            </>
          )}
          <Later what="the records">{(seen) => <RecordsSection {...control} seen={seen} />}</Later>
        </div>
      )}
    </div>
  );
}
