import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useQuery } from "urql";
import { useSearchParams } from "wouter";
import type { ReviewDecision } from "../../gql/graphql";
import { count } from "../../parts/format";
import { Failure, Loading, Nothing, wordsOf } from "../../parts/states";
import { refusalOf } from "./client";
import { Decide } from "./decide";
import { Filter, findingIn } from "./filter";
import { Items } from "./items";
import { Pager, type Pages } from "./pager";
import { Record } from "./record";
import { ReviewQueue } from "./review-queue";
import { decisionOf, moveOf, Shortcuts } from "./shortcuts";

/** What waits, oldest first, and the one that is looked at; moved through and decided on by keyboard. */
export function Queue({ onRefused }: { onRefused: (why: string) => void }) {
  const [params, setParams] = useSearchParams();
  const finding = findingIn(params);
  const [pages, setPages] = useState<Pages>([null]);
  const [at, setAt] = useState(0);
  const [deciding, setDeciding] = useState<ReviewDecision | null>(null);
  const [news, setNews] = useState("");
  const place = useRef<HTMLDivElement>(null);
  const [{ data, fetching, error }, again] = useQuery({ query: ReviewQueue, variables: { after: pages.at(-1) ?? null, finding } });
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
        {news} {data && `${count(data.reviewQueue.totalCount)} ${data.reviewQueue.totalCount === 1 ? "submission waits" : "submissions wait"}${finding ? " with this finding" : ""}.`}
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
      <Pager pages={pages} next={data?.reviewQueue.pageInfo.hasNextPage ? data.reviewQueue.pageInfo.endCursor : null} turn={turn} />
      {item && deciding && <Decide item={item} decision={deciding} onDone={decided} onClose={() => setDeciding(null)} />}
    </div>
  );
}

function nothing(filtered: boolean, behind: boolean): string {
  if (behind) return "All of this page is decided on.";
  return filtered ? "No submission has this finding. Look at all of them." : "All that was held or flagged is decided on.";
}
