import { lazy, memo, type ReactNode, type RefCallback, Suspense, useEffect, useState } from "react";
import { Loading } from "../../components/query";
import { BySection } from "./by-factor";
import { DistributionSection } from "./distribution";
import type { ViewControl } from "./view";

const TrendSection = lazy(() => import("./trend"));
const RecordsSection = lazy(() => import("./records"));

interface SectionsProps {
  control: ViewControl;
  /** Whether anything is told of the cohort, besides its records. */
  telling: boolean;
}

/** All below the headline. Each part asks for itself, so none waits for another. */
export const Sections = memo(function Sections({ control, telling }: SectionsProps) {
  return (
    <div className="sections">
      {telling && (
        <>
          <div className={control.view.and ? "side-by-side side-by-side-not" : "side-by-side"}>
            <BySection {...control} />
            <DistributionSection {...control} />
          </div>
          <Later what="the trend">{(seen) => <TrendSection {...control} seen={seen} />}</Later>
        </>
      )}
      <Later what="the records">{(seen) => <RecordsSection {...control} seen={seen} />}</Later>
    </div>
  );
});

interface LaterProps {
  what: string;
  /** What is shown, once the window has come near; told whether it still is, so that what nobody looks at asks nothing. */
  children: (seen: boolean) => ReactNode;
}

/** A part of the page that is loaded when it is about to be seen. */
export function Later({ what, children }: LaterProps) {
  const [seen, watch] = useSeen();
  const [been, setBeen] = useState(false);
  if (seen && !been) setBeen(true);
  return (
    <div ref={watch} className="later" data-what={what}>
      {been ? (
        <Suspense fallback={<Loading what={what} tall />}>{children(seen)}</Suspense>
      ) : (
        <div className="loading loading-tall" aria-hidden="true" />
      )}
    </div>
  );
}

/** Whether an element is in the window or near to it, so that what nobody looks at is not asked for. */
export function useSeen(): [seen: boolean, watch: RefCallback<Element>] {
  const [element, watch] = useState<Element | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element) return;
    const watcher = new IntersectionObserver((entries) => setSeen(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: "300px",
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [element]);
  return [seen, watch];
}
