import { count, words } from "../../parts/format";
import type { BenchmarkFound } from "./benchmark-query";

/** How the records that the offer is held against were found: from the most alike on, until there are enough. */
export function Ladder({ found: { ladder } }: { found: BenchmarkFound }) {
  return (
    <div className="card">
      <h2>Who it is compared with</h2>
      <p className="quiet">
        {ladder.length === 1
          ? "Enough records are alike in all that you told."
          : "Too few records are alike in all that you told, so one condition after another was widened or dropped, the least telling first, until there were enough."}
      </p>
      <ol className="ladder">
        {ladder.map(({ dropped, enough, cohort }, number) => (
          <li key={number} aria-current={number === ladder.length - 1 || undefined}>
            <strong>{dropped ? `${words(dropped)} dropped or widened` : "All that you told"}</strong>
            <span className="chip">
              {count(cohort.size)} {cohort.size === 1 ? "record" : "records"}
              {enough ? ", enough" : ", too few"}
            </span>
            <span className="quiet">{cohort.label}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
