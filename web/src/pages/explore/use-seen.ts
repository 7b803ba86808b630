import { useEffect, useState, type RefCallback } from "react";

/** Whether an element is in the window or near to it, so that what nobody looks at is not asked for. */
export function useSeen(): [seen: boolean, watch: RefCallback<Element>] {
  const [element, watch] = useState<Element | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element) return;
    const watcher = new IntersectionObserver((entries) => setSeen(entries.some((entry) => entry.isIntersecting)), { rootMargin: "300px" });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [element]);
  return [seen, watch];
}
