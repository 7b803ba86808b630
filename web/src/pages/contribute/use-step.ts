import { useSearchParams } from "wouter";
import { STEPS, type StepId } from "./steps";

/** The step that is shown: in the address, so that the browser's own back and forward go through the steps. */
export function useStep(): [StepId, (next: StepId) => void] {
  const [params, setParams] = useSearchParams();
  const step = STEPS.find(({ id }) => id === params.get("step"))?.id ?? "work";
  return [step, (next) => setParams(next === "work" ? {} : { step: next })];
}
