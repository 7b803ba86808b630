import { money } from "../../parts/format";
import { FINDINGS, nameOf, type Item } from "./review-queue";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The page of the queue as a list; the one that is looked at takes the focus. */
export function Items({ items, at, onPick }: { items: readonly Item[]; at: number; onPick: (number: number) => void }) {
  return (
    <ol className="items" aria-label="Waiting submissions, oldest first">
      {items.map((item, number) => (
        <li key={item.submission.id}>
          <button type="button" data-item tabIndex={number === at ? 0 : -1} aria-current={number === at || undefined} onClick={() => onPick(number)}>
            <strong>{nameOf(item)}</strong>
            <span>{item.pay.baseSalary !== null && `${money(item.pay.baseSalary, item.pay.currency)} base`}</span>
            <span className="quiet">
              {day.format(new Date(item.submission.submittedAt))} · {[...new Set(item.findings.map(({ code }) => FINDINGS[code]))].join(", ") || "Amended after a rejection"}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
