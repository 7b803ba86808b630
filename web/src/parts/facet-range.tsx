import { useEffect, useState } from "react";
import { conditionOf, type Condition, type FilterField } from "./conditions";
import type { FacetProps } from "./facet";
import { useFacetCounts } from "./facet-counts";
import { count } from "./format";
import { Failure, wordsOf } from "./states";

const PAUSE = 400; // ms without a key before a range that somebody types is taken

/** A range: its bands with live counts to choose at once, and two ends to type. */
export function FacetRange({ field, condition, others, onChange }: FacetProps) {
  const { values, fetching, error } = useFacetCounts({ where: others, factor: field.factor, first: 40 });
  const range = condition?.values.join("..") ?? "..";
  return (
    <>
      <RangeEnds key={range} field={field} condition={condition} onChange={onChange} />
      {error && <Failure message={wordsOf(error)} />}
      <ul className="facet-values" aria-busy={fetching}>
        {values?.map((value) => {
          const band = conditionOf(field.factor, value.code);
          const chosen = band.values.join("..") === range;
          return (
            <li key={value.code}>
              <button type="button" className="facet-band" aria-pressed={chosen} onClick={() => onChange(chosen ? null : band)}>
                <span>{value.label}</span>
                <span className="facet-count">
                  {count(value.records)}
                  <span className="visually-hidden"> records</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** The two ends as text; they are taken once both can be read and nobody types any more. */
function RangeEnds({ field, condition, onChange }: Pick<FacetProps, "field" | "condition" | "onChange">) {
  const given = condition?.values.join("..") ?? "..";
  const [ends, setEnds] = useState<readonly string[]>(condition?.values ?? ["", ""]);
  const [from = "", to = ""] = ends;
  const wrong = problem(field, from, to);

  useEffect(() => {
    if (wrong || `${from}..${to}` === given) return;
    const timer = setTimeout(() => onChange(from || to ? { field: field.name, values: [from, to], how: "any" } : null), PAUSE);
    return () => clearTimeout(timer);
  });

  const months = field.kind === "months";
  const input = { className: "input", type: months ? "month" : "text", inputMode: months ? undefined : ("numeric" as const), "aria-invalid": Boolean(wrong) };
  return (
    <div className="facet-ends">
      <label>
        From
        <input {...input} placeholder={months ? "2024-01" : "any"} value={from} onChange={(event) => setEnds([event.target.value.trim(), to])} />
      </label>
      <label>
        To
        <input {...input} placeholder={months ? "2026-12" : "any"} value={to} onChange={(event) => setEnds([from, event.target.value.trim()])} />
      </label>
      {wrong && (
        <p className="facet-wrong" role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

function problem(field: FilterField, from: string, to: string): string | null {
  const form = field.kind === "months" ? /^(\d{4}-(0[1-9]|1[0-2]))?$/ : /^\d{0,2}$/;
  if (!form.test(from) || !form.test(to)) return field.kind === "months" ? "Months as 2024-01." : "Whole numbers from 0 to 99.";
  const backwards = from && to && (field.kind === "months" ? from > to : Number(from) > Number(to));
  return backwards ? "The first must not be after the second." : null;
}

/** 4 to 6, from 20 or up to 3. */
export function rangeWords({ kind, name }: FilterField, { values: [from = "", to = ""] }: Condition): string {
  const unit = name === "experience" ? " years" : "";
  if (from === to) return `${from}${unit}`;
  if (kind === "months" && from.endsWith("-01") && to === from.replace(/-01$/, "-12")) return from.slice(0, 4);
  if (!to) return `from ${from}${unit}`;
  return from ? `${from} to ${to}${unit}` : `up to ${to}${unit}`;
}
