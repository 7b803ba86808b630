import type { ReactNode } from "react";
import { money } from "../../parts/format";
import { amountOf } from "./amount";
import type { OneName } from "./answers";
import { Line } from "./asks";
import { useForm } from "./form";

/** An amount, with what it is read as, so that a separator too few or too many is seen at once. */
export function MoneyLine({ name, hint, children }: { name: OneName; hint?: string; children?: ReactNode }) {
  const { answers } = useForm();
  const read = amountOf(answers[name]);
  const readAs = answers.currency && !Number.isNaN(read) ? `Read as ${money(read, answers.currency)} a year.` : undefined;
  return (
    <Line name={name} keys="decimal" hint={[readAs, hint].filter(Boolean).join(" ") || undefined} suffix={answers.currency || undefined}>
      {children}
    </Line>
  );
}
