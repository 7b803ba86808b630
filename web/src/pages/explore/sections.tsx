import { lazy, memo, type ReactNode, type RefCallback, Suspense, useEffect, useState } from "react";
import { Loading } from "../../components/query";
import { GroupSection } from "./by-factor";
import { DistributionSection } from "./distribution";
import type { ViewControl } from "./view";

const TrendSection = lazy(() => import("./trend"));
const RecordsSection = lazy(() => import("./records"));

interface SectionsProps {
  control: ViewControl;
  /** Whether the cohort has statistics; if not, only its records are shown. */
  hasStats: boolean;
}

/** The sections below the headline. Each runs its own queries, so none waits for another. */
export const Sections = memo(function Sections({ control, hasStats }: SectionsProps) {
  return (
    <div className="sections">
      {hasStats && (
        <>
          <div className={control.view.and ? "side-by-side side-by-side-wide" : "side-by-side"}>
            <GroupSection {...control} />
            <DistributionSection {...control} />
          </div>
          <Deferred what="the trend">{(visible) => <TrendSection {...control} visible={visible} />}</Deferred>
        </>
      )}
      <Deferred what="the records">{(visible) => <RecordsSection {...control} visible={visible} />}</Deferred>
    </div>
  );
});

interface DeferredProps {
  what: string;
  /** The content, once it was visible; gets whether it still is, so that nothing is queried off screen. */
  children: (visible: boolean) => ReactNode;
}

/** A section that loads when it is about to become visible. */
function Deferred({ what, children }: DeferredProps) {
  const [visible, ref] = useVisible();
  const [loaded, setLoaded] = useState(false);
  if (visible && !loaded) setLoaded(true);
  return (
    <div ref={ref} className="deferred" data-section={what}>
      {loaded ? (
        <Suspense fallback={<Loading what={what} tall />}>{children(visible)}</Suspense>
      ) : (
        <div className="loading loading-tall" aria-hidden="true" />
      )}
    </div>
  );
}

/** Whether an element is within 300 px of the viewport, and the ref to attach to it. */
function useVisible(): [visible: boolean, ref: RefCallback<Element>] {
  const [element, setElement] = useState<Element | null>(null);
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (!element) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: "300px",
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [visible, setElement];
}
