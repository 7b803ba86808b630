import { useState } from "react";
import type { Condition, How } from "./conditions";
import type { FacetProps } from "./facet";
import { useFacetCounts, type CountedValue } from "./facet-counts";
import { useFactorValues, useLabel } from "./factor-values";
import { count } from "./format";
import { useSettled } from "./settled";
import { Failure, wordsOf } from "./states";

const FEW = 12; // values that need no search
const FIRST = 40;
const PAUSE = 150; // ms without a key before a search is asked for
const HOWS: Record<How, string> = { any: "any of these", all: "all of these", none: "none of these" };

/** The values of a factor to tick, with live counts; a search finds those that are not among the first. */
export function FacetValues({ field, condition, others, onChange }: FacetProps) {
  const [text, setText] = useState("");
  const search = useSettled(text.trim(), PAUSE);
  const chosen = condition?.values ?? [];
  const how = condition?.how ?? "any";
  const top = useFacetCounts({ where: others, factor: field.factor, first: FIRST });
  const tellsNothing = top.values?.length === 0; // too few records under the other filters: the values are there all the same
  const found = useFactorValues({ factor: field.factor, search, first: FIRST, pause: !search && !tellsNothing });

  function choose(values: readonly string[], next: How = how) {
    onChange(values.length ? ({ field: field.name, values, how: next } satisfies Condition) : null);
  }

  const toggle = (code: string) => choose(chosen.includes(code) ? chosen.filter((other) => other !== code) : [...chosen, code]);
  const error = top.error ?? found.error;
  const searched = Boolean(search) || tellsNothing;
  const shown: readonly CountedValue[] | undefined = searched ? found.values?.map((value) => ({ ...value, wide: false })) : top.values;
  return (
    <>
      {((top.values?.length ?? 0) > FEW || text || tellsNothing || top.values?.some(({ wide }) => wide)) && (
        <input className="input" type="search" aria-label={`Search: ${field.label}`} placeholder="Search" value={text} onChange={(event) => setText(event.target.value)} />
      )}
      {field.kind === "set" && (
        <label className="facet-how">
          Records with
          <select value={how} onChange={(event) => choose(chosen, event.target.value as How)} disabled={!chosen.length}>
            {Object.entries(HOWS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
      )}
      {chosen.length > 0 && (
        <ul className="facet-chosen" aria-label={`Chosen: ${field.label}`}>
          {chosen.map((code) => (
            <ChosenValue key={code} factor={field.factor} code={code} drop={() => toggle(code)} />
          ))}
        </ul>
      )}
      {error && <Failure message={wordsOf(error)} />}
      <ul className="facet-values" aria-busy={top.fetching || found.fetching}>
        {shown?.map((value) => (
          <FacetValue key={value.code} value={value} field={field} others={others} chosen={chosen} toggle={toggle} />
        ))}
      </ul>
      {shown?.length === 0 && <p className="quiet">Nothing is called “{search}” here.</p>}
      {searched && Boolean(shown?.length) && <p className="facet-note">Numbers are of all records, whatever the other filters ask for.</p>}
    </>
  );
}

type FacetValueProps = Pick<FacetProps, "field" | "others"> & { value: CountedValue; chosen: readonly string[]; toggle: (code: string) => void };

/** A value to tick; one that includes others opens to show them. */
function FacetValue({ value, ...rest }: FacetValueProps) {
  const { field, others, chosen, toggle } = rest;
  const [open, setOpen] = useState(false);
  const below = useFacetCounts({ where: others, factor: field.factor, under: value.code, first: FIRST, pause: !open });
  return (
    <li>
      <div className="facet-value">
        {value.wide && (
          <button type="button" className="facet-open" aria-expanded={open} aria-label={`What is in ${value.label}`} onClick={() => setOpen(!open)} />
        )}
        <label>
          <input type="checkbox" checked={chosen.includes(value.code)} onChange={() => toggle(value.code)} />
          <span>{value.label}</span>
          <span className="facet-count">
            {count(value.records)}
            <span className="visually-hidden"> records</span>
          </span>
        </label>
      </div>
      {open && below.values && (
        <ul className="facet-values facet-below">
          {below.values.map((child) => (
            <FacetValue key={child.code} {...rest} value={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ChosenValue({ factor, code, drop }: { factor: FacetProps["field"]["factor"]; code: string; drop: () => void }) {
  const label = useLabel(factor, code);
  return (
    <li className="chip">
      {label}
      <button type="button" aria-label={`Remove ${label}`} onClick={drop}>
        ×
      </button>
    </li>
  );
}
