import { isTold } from "./answers";
import { useForm } from "./form";
import { REQUIRED, STEPS, type StepId } from "./steps";

/** The steps, each with how far it has come; any can be gone to at any time. */
export function Stepper({ at, goTo }: { at: StepId; goTo: (step: StepId) => void }) {
  const { answers, errors } = useForm();
  return (
    <nav aria-label="Steps">
      <ol className="stepper">
        {STEPS.map(({ id, title, asks }, number) => {
          const wrong = asks.some((name) => errors[name]);
          const started = asks.some((name) => isTold(answers[name]));
          const done = started && !wrong && asks.every((name) => !REQUIRED.has(name) || isTold(answers[name]));
          return (
            <li key={id}>
              <button type="button" aria-current={id === at ? "step" : undefined} onClick={() => goTo(id)}>
                <span className="stepper-number" aria-hidden="true">
                  {wrong ? "!" : done ? "✓" : number + 1}
                </span>
                {title}
                <span className="visually-hidden">{wrong ? "(needs another look)" : done ? "(done)" : ""}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
