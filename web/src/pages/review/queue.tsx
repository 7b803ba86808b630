import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { type CombinedError, useQuery } from "urql";
import { useSearchParams } from "wouter";
import { Field } from "../../components/field";
import { count, money } from "../../components/format";
import { Failure, Loading, Nothing, wordsOf } from "../../components/query";
import type { FindingCode, ReviewDecision } from "../../gql/graphql";
import { Decide, FINDINGS, type Item, nameOf, Record, ReviewQueue } from "./submission";

/** What waits, oldest first, and the one that is looked at; moved through and decided on by keyboard. */
export function Queue({ onRefused }: { onRefused: (why: string) => void }) {
  const [params, setParams] = useSearchParams();
  const finding = findingIn(params);
  const [pages, setPages] = useState<Pages>([null]);
  const [at, setAt] = useState(0);
  const [deciding, setDeciding] = useState<ReviewDecision | null>(null);
  const [news, setNews] = useState("");
  const place = useRef<HTMLDivElement>(null);
  const [{ data, fetching, error }, again] = useQuery({
    query: ReviewQueue,
    variables: { after: pages.at(-1) ?? null, finding },
  });
  const items = data?.reviewQueue.nodes ?? [];
  const number = Math.min(at, items.length - 1);
  const item = items[number];

  const looking = useRef(number);
  looking.current = number;
  useEffect(() => {
    const focused = document.activeElement;
    const lost = focused === document.body || focused === place.current || focused === document.querySelector("main");
    if (data && lost) focusOn(looking.current); // so that the keys work at once, and go on working with the next page
  }, [data]);

  const refusal = refusalOf(error);
  useEffect(() => {
    if (refusal) onRefused(refusal);
  }, [refusal, onRefused]);

  function focusOn(item: number) {
    place.current?.querySelectorAll<HTMLElement>("[data-item]")[item]?.focus();
  }

  function lookAt(next: number) {
    setAt(next);
    focusOn(next);
  }

  function turn(to: Pages) {
    setPages(to);
    setAt(0);
    place.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const typing = event.target instanceof HTMLElement && event.target.closest("select, input, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !item) return;
    const by = moveOf(event.key);
    const decision = decisionOf(event.key);
    if (by) lookAt(Math.max(0, Math.min(items.length - 1, number + by)));
    else if (decision) setDeciding(decision);
    else return;
    event.preventDefault();
  }

  function decided(words: string) {
    setDeciding(null);
    setNews(words);
    again();
    place.current?.focus();
  }

  if (error) return <Failure message={refusal ?? wordsOf(error)} retry={() => again()} />;
  return (
    // The keys work only in here, so that nobody decides by a letter typed elsewhere.
    <div ref={place} className="review-queue" tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="review-tools">
        <Filter
          finding={finding}
          onChange={(next) => {
            setParams(next ? { finding: next } : {});
            setPages([null]);
            setAt(0);
          }}
        />
        <Shortcuts />
      </div>
      <p role="status">
        {news}{" "}
        {data &&
          `${count(data.reviewQueue.totalCount)} ${data.reviewQueue.totalCount === 1 ? "submission waits" : "submissions wait"}${finding ? " with this finding" : ""}.`}
      </p>
      {!data && fetching && <Loading what="the queue" tall />}
      {data && !item && (
        <Nothing title="Nothing waits">
          <p>{nothing(finding !== null, pages.length > 1)}</p>
        </Nothing>
      )}
      {item && (
        <div className="review-panes">
          <Items items={items} at={number} onPick={lookAt} />
          <Record item={item} onDecide={setDeciding} />
        </div>
      )}
      <Pager
        pages={pages}
        next={data?.reviewQueue.pageInfo.hasNextPage ? data.reviewQueue.pageInfo.endCursor : null}
        turn={turn}
      />
      {item && deciding && (
        <Decide item={item} decision={deciding} onDone={decided} onClose={() => setDeciding(null)} />
      )}
    </div>
  );
}

function nothing(filtered: boolean, behind: boolean): string {
  if (behind) return "All of this page is decided on.";
  return filtered
    ? "No submission has this finding. Look at all of them."
    : "All that was held or flagged is decided on.";
}

const CODES = Object.keys(FINDINGS) as FindingCode[];

/** The finding that the address asks for. */
export function findingIn(params: URLSearchParams): FindingCode | null {
  return CODES.find((code) => code === params.get("finding")) ?? null;
}

/** Only what has a finding. */
export function Filter({
  finding,
  onChange,
}: {
  finding: FindingCode | null;
  onChange: (finding: FindingCode | null) => void;
}) {
  return (
    <Field label="Show">
      {(control) => (
        <select
          {...control}
          value={finding ?? ""}
          onChange={(event) => onChange(CODES.find((code) => code === event.target.value) ?? null)}
        >
          <option value="">All that waits</option>
          {CODES.map((code) => (
            <option key={code} value={code}>
              {FINDINGS[code]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The page of the queue as a list; the one that is looked at takes the focus. */
export function Items({ items, at, onPick }: { items: readonly Item[]; at: number; onPick: (number: number) => void }) {
  return (
    <ol className="items" aria-label="Waiting submissions, oldest first">
      {items.map((item, number) => (
        <li key={item.submission.id}>
          <button
            type="button"
            data-item
            tabIndex={number === at ? 0 : -1}
            aria-current={number === at || undefined}
            onClick={() => onPick(number)}
          >
            <strong>{nameOf(item)}</strong>
            <span>{item.pay.baseSalary !== null && `${money(item.pay.baseSalary, item.pay.currency)} base`}</span>
            <span className="quiet">
              {day.format(new Date(item.submission.submittedAt))} ·{" "}
              {[...new Set(item.findings.map(({ code }) => FINDINGS[code]))].join(", ") || "Amended after a rejection"}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Cursors that the pages so far began behind, the last one shown; the first page begins behind none. */
export type Pages = readonly (string | null)[];

/** The ways to the page before and to the one behind the cursor `next`. */
export function Pager({ pages, next, turn }: { pages: Pages; next: string | null; turn: (to: Pages) => void }) {
  if (pages.length < 2 && !next) return null;
  return (
    <nav className="row" aria-label="Pages of the queue">
      {pages.length > 1 && (
        <button type="button" className="button" onClick={() => turn(pages.slice(0, -1))}>
          Earlier page
        </button>
      )}
      {next && (
        <button type="button" className="button" onClick={() => turn([...pages, next])}>
          Next page
        </button>
      )}
    </nav>
  );
}

/** By how many items a key moves. */
export function moveOf(key: string): number {
  return { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key] ?? 0;
}

export function decisionOf(key: string): ReviewDecision | null {
  const decisions: Readonly<Record<string, ReviewDecision>> = { a: "ACCEPT", r: "REJECT" };
  return decisions[key] ?? null;
}

/** The keys, listed. They work while the focus is in the queue. */
export function Shortcuts() {
  return (
    <dl className="shortcuts" aria-label="Keys">
      <div>
        <dt>
          <kbd>j</kbd> <kbd>↓</kbd>
        </dt>
        <dd>next</dd>
      </div>
      <div>
        <dt>
          <kbd>k</kbd> <kbd>↑</kbd>
        </dt>
        <dd>previous</dd>
      </div>
      <div>
        <dt>
          <kbd>a</kbd>
        </dt>
        <dd>accept</dd>
      </div>
      <div>
        <dt>
          <kbd>r</kbd>
        </dt>
        <dd>reject</dd>
      </div>
    </dl>
  );
}

/** Why a token was refused; null for any other error. */
export function refusalOf(error: CombinedError | undefined): string | null {
  return error?.graphQLErrors.find(({ extensions }) => extensions["code"] === "UNAUTHENTICATED")?.message ?? null;
}
