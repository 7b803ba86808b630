import { useState } from "react";
import { Loading } from "../../parts/states";
import { useAnswer } from "./answer";
import { Controls } from "./controls";
import { Filters } from "./filters";
import { HeadlinePicture } from "./headline";
import { Headline } from "./headline-query";
import { Sections } from "./sections";
import { TooFew } from "./too-few";
import { Trouble } from "./trouble";
import { useHeadlineFirst } from "./use-headline-first";
import { useView } from "./use-view";
import "./explore.css";

/** What records pay, by any filter. All that is chosen is in the address. */
export default function Explore() {
  const control = useView();
  const { data, asked, fetching, error, again } = useAnswer(Headline, { ...control.cohort, measure: control.view.measure });
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
      {shown && <Sections key={attempt} control={later} telling={!found || Boolean(found.stats)} />}
    </div>
  );
}
