import { useId, type ReactNode } from "react";
import type { Factor } from "../../gql/graphql";
import { Field } from "../../parts/field";
import { ValuePicker } from "../../parts/value-picker";
import { ValuesPicker } from "../../parts/values-picker";
import type { ManyName, OneName } from "./answers";
import { Place, useAsk } from "./form";

interface Ask<N> {
  name: N;
  hint?: string | undefined;
  wide?: boolean;
  /** Help in place, below the field. */
  children?: ReactNode;
}

/** One value of a factor. */
export function Pick({ name, factor, under, none, hint, wide = false, children }: Ask<OneName> & { factor: Factor; under?: string; none?: string }) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <ValuePicker {...field} hint={hint} factor={factor} under={under} none={none} value={value || null} onChange={(code) => give(code ?? "")} />
      {children}
    </Place>
  );
}

/** Several values of a factor. */
export function PickMany({ name, factor, hint, wide = false }: Ask<ManyName> & { factor: Factor }) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <ValuesPicker {...field} hint={hint} factor={factor} values={value} onChange={give} />
    </Place>
  );
}

interface LineProps extends Ask<OneName> {
  /** The keys that a phone offers for it. */
  keys?: "text" | "numeric" | "decimal";
  suffix?: string | undefined;
}

/** A line of text, or a number typed as one. */
export function Line({ name, hint, wide = false, keys = "text", suffix, children }: LineProps) {
  const { value, give, field } = useAsk(name);
  return (
    <Place name={name} wide={wide}>
      <Field {...field} hint={hint}>
        {(control) => (
          <span className="line">
            <input
              {...control}
              autoComplete="off"
              inputMode={keys}
              value={value}
              onChange={(event) => give(event.target.value)}
            />
            {suffix && <span className="line-suffix">{suffix}</span>}
          </span>
        )}
      </Field>
      {children}
    </Place>
  );
}

const SCORES = ["", "1", "2", "3", "4", "5"] as const;

/** A score from 1 to 5, or none. */
export function Score({ name, low, high }: { name: OneName; low: string; high: string }) {
  const { value, give, field } = useAsk(name);
  const id = useId();
  return (
    <Place name={name}>
      <fieldset className="field score">
        <legend>{field.label}</legend>
        <div className="score-choices">
          {SCORES.map((score) => (
            <label key={score}>
              <input type="radio" name={id} value={score} checked={value === score} onChange={() => give(score)} />
              {score || "Not told"}
            </label>
          ))}
        </div>
        <span className="hint">
          1 is {low}, 5 is {high}.
        </span>
        {field.error && <span className="wrong">{field.error}</span>}
      </fieldset>
    </Place>
  );
}

/** A question with its answer in place, for whoever wonders. */
export function Help({ question, children }: { question: string; children: ReactNode }) {
  return (
    <details className="help">
      <summary>{question}</summary>
      <div>{children}</div>
    </details>
  );
}
