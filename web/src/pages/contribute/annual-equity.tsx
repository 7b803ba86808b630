import { useState } from "react";
import { Field } from "../../parts/field";
import { money } from "../../parts/format";
import { amountOf } from "./amount";
import { Help } from "./asks";
import { useForm } from "./form";

/** What is meant by equity a year, and a small sum for whoever has a grant at hand. */
export function AnnualEquity() {
  const { answers, change } = useForm();
  const [grant, setGrant] = useState("");
  const [years, setYears] = useState("4");
  const yearly = Math.round(amountOf(grant) / amountOf(years));
  const known = Number.isFinite(yearly);
  return (
    <Help question="What is annualised equity?">
      <p>
        The part of your grant that falls to one year: its whole value at today’s price, divided by the years it vests over. A grant of 160,000 over four years is
        40,000 a year. Leave out options that are worth nothing at today’s price.
      </p>
      <div className="asks">
        <Field label="The whole grant">
          {(control) => <input {...control} inputMode="decimal" autoComplete="off" value={grant} onChange={(event) => setGrant(event.target.value)} />}
        </Field>
        <Field label="Years it vests over">
          {(control) => <input {...control} inputMode="decimal" autoComplete="off" value={years} onChange={(event) => setYears(event.target.value)} />}
        </Field>
      </div>
      <button type="button" className="button" disabled={!known} onClick={() => change("equity", String(yearly))}>
        {known ? `Use ${answers.currency ? money(yearly, answers.currency) : yearly.toLocaleString("en")} a year` : "Use it"}
      </button>
    </Help>
  );
}
