import { Suspense, useState, type ReactNode } from "react";
import { Loading } from "../../parts/states";
import { useSeen } from "./use-seen";

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
      {been ? <Suspense fallback={<Loading what={what} tall />}>{children(seen)}</Suspense> : <div className="loading loading-tall" aria-hidden="true" />}
    </div>
  );
}
