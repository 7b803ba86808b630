import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from "react";
import { type CombinedError, useQuery } from "urql";
import { useSearchParams } from "wouter";
import { Field } from "../../components/field";
import { count, money } from "../../components/format";
import { EmptyState, errorMessage, Failure, Loading } from "../../components/query";
import type { FindingCode, ReviewDecision } from "../../gql/graphql";
import { DecisionDialog, FINDINGS, type Item, nameOf, ReviewQueue, SubmissionCard } from "./submission";

/** The queue, oldest first, and the selected submission; both usable by keyboard. */
export function Queue({ onRejected }: { onRejected: (reason: string) => void }) {
  const [params, setParams] = useSearchParams();
  const finding = findingIn(params);
  const [pages, setPages] = useState<Pages>([null]);
  const [selected, setSelected] = useState(0);
  const [deciding, setDeciding] = useState<ReviewDecision | null>(null);
  const [notice, setNotice] = useState("");
  const container = useRef<HTMLDivElement>(null);
  const [{ data, fetching, error }, refetch] = useQuery({
    query: ReviewQueue,
    variables: { after: pages.at(-1) ?? null, finding },
  });
  const items = data?.reviewQueue.nodes ?? [];
  const index = Math.min(selected, items.length - 1);
  const item = items[index];

  const focusSelected = useEffectEvent(() => focusItem(index));
  useEffect(() => {
    const focused = document.activeElement;
    const lost =
      focused === document.body || focused === container.current || focused === document.querySelector("main");
    if (data && lost) focusSelected(); // so that the keys work at once, and keep working on the next page
  }, [data]);

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
    else if (decision) setDeciding(decision);
    else return;
    event.preventDefault();
  }

  function onDecided(message: string) {
    setDeciding(null);
    setNotice(message);
    refetch();
    container.current?.focus();
  }

  if (error) return <Failure message={rejection ?? errorMessage(error)} retry={() => refetch()} />;
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
      {!data && fetching && <Loading what="the queue" tall />}
      {data && !item && (
        <EmptyState title="Nothing to review">
          <p>{emptyText(finding !== null, pages.length > 1)}</p>
        </EmptyState>
      )}
      {item && (
        <div className="review-panes">
          <Items items={items} selected={index} onSelect={select} />
          <SubmissionCard item={item} onDecide={setDeciding} />
        </div>
      )}
      <Pager
        pages={pages}
        next={data?.reviewQueue.pageInfo.hasNextPage ? data.reviewQueue.pageInfo.endCursor : null}
        open={openPage}
      />
      {item && deciding && (
        <DecisionDialog item={item} decision={deciding} onDone={onDecided} onClose={() => setDeciding(null)} />
      )}
    </div>
  );
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
