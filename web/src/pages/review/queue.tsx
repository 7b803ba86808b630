import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from "react";
import type { CombinedError } from "urql";
import { useSearchParams } from "wouter";
import { Field } from "../../components/field";
import { count, money } from "../../components/format";
import { EmptyState, errorMessage, Failure, Loading, useLatestResult } from "../../components/query";
import type { FindingCode, ReviewDecision, ReviewQueueQuery } from "../../gql/graphql";
import {
  DecisionDialog,
  FINDINGS,
  type Item,
  nameOf,
  type PendingDecision,
  ReviewQueue,
  SubmissionCard,
  WORDS,
} from "./submission";

/** The queue, oldest first, and the selected submission; both usable by keyboard. */
export function Queue({ onRejected }: { onRejected: (reason: string) => void }) {
  const [params, setParams] = useSearchParams();
  const finding = findingIn(params);
  const [pages, setPages] = useState<Pages>([null]);
  const [selected, setSelected] = useState(0);
  const [deciding, setDeciding] = useState<PendingDecision | null>(null);
  const [undoable, setUndoable] = useState<readonly PendingDecision[]>([]); // made here, the last one first
  const [notice, setNotice] = useState("");
  const container = useRef<HTMLDivElement>(null);
  const [removed, setRemoved] = useState<Removed>({ from: undefined, ids: [] });
  const after = pages.at(-1) ?? null;
  const { data, variables, fetching, error, retry } = useLatestResult(ReviewQueue, { after, finding });
  const outdated = variables.after !== after || variables.finding !== finding; // so that no key decides on another page
  const items = outdated ? [] : remaining(data, removed);
  const index = Math.min(selected, items.length - 1);
  const item = items[index];
  const current = item?.submission.id;

  const focusSelected = useEffectEvent(() => focusItem(index));
  useEffect(() => {
    const focused = document.activeElement;
    const lost =
      focused === document.body || focused === container.current || focused === document.querySelector("main");
    if (data && current && lost) focusSelected(); // so that the keys work at once, and keep working on the next page
  }, [data, current]);

  const rejection = tokenRejection(error);
  useEffect(() => {
    if (rejection) onRejected(rejection);
  }, [rejection, onRejected]);

  function focusItem(item: number) {
    container.current?.querySelectorAll<HTMLElement>("[data-item]")[item]?.focus();
  }

  function select(next: number) {
    setSelected(next);
    focusItem(next);
  }

  function openPage(next: Pages) {
    setPages(next);
    setSelected(0);
    container.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const typing = event.target instanceof HTMLElement && event.target.closest("select, input, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !item) return;
    const step = STEPS[event.key];
    const decision = DECISIONS[event.key];
    if (step) select(Math.max(0, Math.min(items.length - 1, index + step)));
    else if (decision) decide(decision);
    else return;
    event.preventDefault();
  }

  function decide(decision: ReviewDecision) {
    if (item) setDeciding({ id: item.submission.id, name: nameOf(item), decision });
  }

  function onDecided(decided: PendingDecision, message: string, stored: boolean) {
    const others = undoable.filter(({ id }) => id !== decided.id);
    setUndoable(stored && decided.decision !== "UNDO" ? [decided, ...others] : others);
    setDeciding(null);
    setNotice(message);
    setRemoved({ from: data, ids: [...(removed.from === data ? removed.ids : []), decided.id] });
    retry();
    container.current?.focus();
  }

  if (error) return <Failure message={rejection ?? errorMessage(error)} retry={retry} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: shortcuts work only in here, so that no letter typed elsewhere decides
    <div ref={container} className="review-queue" tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="review-tools">
        <Filter
          finding={finding}
          onChange={(next) => {
            setParams(next ? { finding: next } : {});
            setPages([null]);
            setSelected(0);
          }}
        />
        <Shortcuts />
      </div>
      <p role="status">
        {notice}{" "}
        {data &&
          `${count(data.reviewQueue.totalCount)} ${data.reviewQueue.totalCount === 1 ? "submission" : "submissions"} to review${finding ? " with this finding" : ""}.`}
      </p>
      {!item && fetching && <Loading what="the queue" tall />}
      {data && !item && !fetching && (
        <EmptyState title="Nothing to review">
          <p>{emptyText(finding !== null, pages.length > 1)}</p>
        </EmptyState>
      )}
      {item && (
        <div className="review-panes">
          <Items items={items} selected={index} onSelect={select} />
          <SubmissionCard item={item} onDecide={decide} />
        </div>
      )}
      <Pager
        pages={pages}
        next={!outdated && data?.reviewQueue.pageInfo.hasNextPage ? data.reviewQueue.pageInfo.endCursor : null}
        open={openPage}
      />
      {undoable.length > 0 && <Decided decisions={undoable} onUndo={setDeciding} />}
      {deciding && (
        <DecisionDialog
          key={deciding.id}
          {...deciding}
          onDone={(message, stored) => onDecided(deciding, message, stored)}
          onClose={() => setDeciding(null)}
        />
      )}
    </div>
  );
}

/** Submissions that were decided since a result was loaded, which still lists them. */
interface Removed {
  from: ReviewQueueQuery | undefined;
  ids: readonly string[];
}

/** The submissions of a result that are still to be decided, so that keys act on the next one before it is loaded again. */
function remaining(data: ReviewQueueQuery | undefined, { from, ids }: Removed): readonly Item[] {
  const items = data?.reviewQueue.nodes ?? [];
  return data === from ? items.filter(({ submission }) => !ids.includes(submission.id)) : items;
}

function emptyText(filtered: boolean, laterPage: boolean): string {
  if (laterPage) return "Everything on this page is decided.";
  return filtered ? "No submission has this finding." : "All held and flagged submissions are decided.";
}

const CODES = Object.keys(FINDINGS) as FindingCode[];

/** The finding to filter by, from the URL. */
function findingIn(params: URLSearchParams): FindingCode | null {
  return CODES.find((code) => code === params.get("finding")) ?? null;
}

/** Filters the queue by a finding. */
function Filter({
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
          <option value="">All submissions</option>
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

/** A page of the queue as a list; only the selected item is in the tab order. */
function Items({
  items,
  selected,
  onSelect,
}: {
  items: readonly Item[];
  selected: number;
  onSelect: (index: number) => void;
}) {
  return (
    <ol className="items" aria-label="Submissions to review, oldest first">
      {items.map((item, index) => (
        <li key={item.submission.id}>
          <button
            type="button"
            data-item
            tabIndex={index === selected ? 0 : -1}
            aria-current={index === selected || undefined}
            onClick={() => onSelect(index)}
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

interface DecidedProps {
  decisions: readonly PendingDecision[];
  onUndo: (undo: PendingDecision) => void;
}

/** The decisions made since the page was opened, each with a button to undo it. */
function Decided({ decisions, onUndo }: DecidedProps) {
  return (
    <section className="card" aria-labelledby="decided-heading">
      <h2 id="decided-heading">Decided just now</h2>
      <p className="quiet">
        A rejection can be undone at any time, an acceptance until the submission is published. Undo it here while this
        page is open, or with <code>payrank review undo</code>.
      </p>
      <ul className="decided">
        {decisions.map(({ id, name, decision }) => (
          <li key={id} className="row">
            <span>
              {WORDS[decision].done}: {name}
            </span>
            <button
              type="button"
              className="button button-quiet"
              onClick={() => onUndo({ id, name, decision: "UNDO" })}
            >
              Undo…<span className="visually-hidden"> {name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The cursors that the pages up to the current one start after; null for the first. */
type Pages = readonly (string | null)[];

/** Buttons for the previous page and for the one after the cursor `next`. */
function Pager({ pages, next, open }: { pages: Pages; next: string | null; open: (pages: Pages) => void }) {
  if (pages.length < 2 && !next) return null;
  return (
    <nav className="row" aria-label="Pages of the queue">
      {pages.length > 1 && (
        <button type="button" className="button" onClick={() => open(pages.slice(0, -1))}>
          Previous page
        </button>
      )}
      {next && (
        <button type="button" className="button" onClick={() => open([...pages, next])}>
          Next page
        </button>
      )}
    </nav>
  );
}

/** Keys that move the selection, with the number of items. */
const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const DECISIONS: Readonly<Record<string, ReviewDecision>> = { a: "ACCEPT", r: "REJECT" };

/** Lists the keyboard shortcuts, which work while the focus is in the queue. */
function Shortcuts() {
  return (
    <dl className="shortcuts" aria-label="Keyboard shortcuts">
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

/** Why the service rejected the token; null for any other error. */
function tokenRejection(error: CombinedError | undefined): string | null {
  return error?.graphQLErrors.find(({ extensions }) => extensions.code === "UNAUTHENTICATED")?.message ?? null;
}
