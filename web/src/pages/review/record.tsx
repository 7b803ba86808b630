import type { ReviewDecision } from "../../gql/graphql";
import { money, words } from "../../parts/format";
import { Standing } from "../receipt/standing";
import { FINDINGS, nameOf, type Item } from "./review-queue";

/** What one submission tells, what is doubtful about it, and its pay beside its cohort's. */
export function Record({ item, onDecide }: { item: Item; onDecide: (decision: ReviewDecision) => void }) {
  const { submission, findings, pay } = item;
  return (
    <section className="card" aria-labelledby="record-heading">
      <h2 id="record-heading">{nameOf(item)}</h2>
      <p className="quiet">{submission.status === "PUBLISHED" ? "Published, and flagged by readers" : "Held, not published yet"}</p>
      <dl className="facts">
        <Fact name="Base salary" told={pay.baseSalary === null ? "not told" : `${money(pay.baseSalary, pay.currency)} a year`} />
        <Fact name="With bonus and equity, in US dollars" told={`${money(item.totalCompensation, "USD")} a year`} />
        <Fact name="Level" told={words(item.level)} />
        <Fact name="Experience" told={`${item.experience} ${item.experience === 1 ? "year" : "years"}`} />
        <Fact name="Pay of" told={item.effective} />
      </dl>
      <h3>What is doubtful</h3>
      {findings.length === 0 && <p>It was rejected before and amended since; nothing of it is doubtful by itself.</p>}
      <ul className="findings">
        {findings.map(({ code, message, score }) => (
          <li key={code + message}>
            <span className="chip chip-warn">{FINDINGS[code]}</span> {message}
            {score !== null && scoreWords(code, score)}
          </li>
        ))}
      </ul>
      <h3>Beside its cohort</h3>
      {submission.standing ? <Standing of={submission.standing} /> : <p className="quiet">Too few published records are like it to compare with.</p>}
      <div className="row">
        <button type="button" className="button button-main" aria-keyshortcuts="a" onClick={() => onDecide("ACCEPT")}>
          Accept…
        </button>
        <button type="button" className="button" aria-keyshortcuts="r" onClick={() => onDecide("REJECT")}>
          Reject…
        </button>
      </div>
    </section>
  );
}

function Fact({ name, told }: { name: string; told: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{told}</dd>
    </div>
  );
}

/** A finding's score in words; what it counts depends on the finding. */
function scoreWords(code: Item["findings"][number]["code"], score: number): string | null {
  const spreads = `${Math.abs(score).toFixed(1)} spreads ${score < 0 ? "below" : "above"} the median`;
  if (code === "OUTLIER" || code === "INCONSISTENT") return ` (${spreads})`;
  if (code === "LIKELY_DUPLICATE") return ` (${score.toPrecision(2)} such matches are to be expected by chance)`;
  return null;
}
