import { useEffect, type RefObject } from "react";

/** Mends, whenever GraphiQL draws anew, what it tells screen readers of itself. */
export function useMended(page: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const { current } = page;
    if (!current) return;
    const observer = new MutationObserver(() => {
      mendTabs(current);
      mendHistory(current);
    });
    observer.observe(current, { subtree: true, childList: true, attributeFilter: ["role", "aria-selected", "class"] });
    return () => observer.disconnect();
  }, [page]);
}

/** As they come, tabs hold two buttons each, and no reader gets to either: here they are a list of buttons, one pressed. */
function mendTabs(page: HTMLElement) {
  for (const list of page.querySelectorAll(".graphiql-tabs")) set(list, "role", "list");
  for (const tab of page.querySelectorAll(".graphiql-tab")) {
    set(tab, "role", "listitem");
    tab.removeAttribute("aria-selected");
    const button = tab.querySelector(".graphiql-tab-button");
    if (button) set(button, "aria-pressed", String(tab.classList.contains("graphiql-tab-active")));
  }
}

/** What was asked before is a button that says the query; all of them are named "Set active" instead. */
function mendHistory(page: HTMLElement) {
  for (const asked of page.querySelectorAll(".graphiql-history-item-label")) asked.removeAttribute("aria-label");
}

/** Sets an attribute only where it is another, or the observer would never come to rest. */
function set(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
