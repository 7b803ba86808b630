import { useEffect, useState } from "react";
import type { CohortFilter } from "../gql/graphql";
import { type Condition, conditionOf, type FilterField, type How } from "./conditions";
import { type CountedValue, useFacetCounts, useFactorValues, useLabel, useSettled } from "./factor-values";
import { count } from "./format";
import { Failure, wordsOf } from "./query";

export interface FacetProps {
  field: FilterField;
  /** What the field asks for now. */
  condition: Condition | undefined;
  /** What the other fields ask for: values are counted among the records that it leaves. */
  others: CohortFilter;
  onChange: (condition: Condition | null) => void;
}

const FEW = 12; // values that need no search
const FIRST = 40;
const SEARCH_PAUSE = 150; // ms without a key before a search is asked for
const HOWS: Record<How, string> = { any: "any of these", all: "all of these", none: "none of these" };

/** The values of a factor to tick, with live counts; a search finds those that are not among the first. */
export function FacetValues({ field, condition, others, onChange }: FacetProps) {
  const [text, setText] = useState("");
  const search = useSettled(text.trim(), SEARCH_PAUSE);
  const chosen = condition?.values ?? [];
  const how = condition?.how ?? "any";
  const top = useFacetCounts({ where: others, factor: field.factor, first: FIRST });
  const tellsNothing = top.values?.length === 0; // too few records under the other filters: the values are there all the same
  const found = useFactorValues({ factor: field.factor, search, first: FIRST, pause: !search && !tellsNothing });

  function choose(values: readonly string[], next: How = how) {
    onChange(values.length ? ({ field: field.name, values, how: next } satisfies Condition) : null);
  }

  const toggle = (code: string) =>
    choose(chosen.includes(code) ? chosen.filter((other) => other !== code) : [...chosen, code]);
  const error = top.error ?? found.error;
  const searched = Boolean(search) || tellsNothing;
  const shown: readonly CountedValue[] | undefined = searched
    ? found.values?.map((value) => ({ ...value, wide: false }))
    : top.values;
  return (
    <>
      {((top.values?.length ?? 0) > FEW || text || tellsNothing || top.values?.some(({ wide }) => wide)) && (
        <input
          className="input"
          type="search"
          aria-label={`Search: ${field.label}`}
          placeholder="Search"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
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
      {searched && Boolean(shown?.length) && (
        <p className="facet-note">Numbers are of all records, whatever the other filters ask for.</p>
      )}
    </>
  );
}

type FacetValueProps = Pick<FacetProps, "field" | "others"> & {
  value: CountedValue;
  chosen: readonly string[];
  toggle: (code: string) => void;
};

/** A value to tick; one that includes others opens to show them. */
function FacetValue({ value, ...rest }: FacetValueProps) {
  const { field, others, chosen, toggle } = rest;
  const [open, setOpen] = useState(false);
  const below = useFacetCounts({ where: others, factor: field.factor, under: value.code, first: FIRST, pause: !open });
  return (
    <li>
      <div className="facet-value">
        {value.wide && (
          <button
            type="button"
            className="facet-open"
            aria-expanded={open}
            aria-label={`What is in ${value.label}`}
            onClick={() => setOpen(!open)}
          />
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

function ChosenValue({
  factor,
  code,
  drop,
}: {
  factor: FacetProps["field"]["factor"];
  code: string;
  drop: () => void;
}) {
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

const TYPING_PAUSE = 400; // ms without a key before a range that somebody types is taken

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
              <button
                type="button"
                className="facet-band"
                aria-pressed={chosen}
                onClick={() => onChange(chosen ? null : band)}
              >
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
    const timer = setTimeout(
      () => onChange(from || to ? { field: field.name, values: [from, to], how: "any" } : null),
      TYPING_PAUSE,
    );
    return () => clearTimeout(timer);
  });

  const months = field.kind === "months";
  const input = {
    className: "input",
    type: months ? "month" : "text",
    inputMode: months ? undefined : ("numeric" as const),
    "aria-invalid": Boolean(wrong),
  };
  return (
    <div className="facet-ends">
      <label>
        From
        <input
          {...input}
          placeholder={months ? "2024-01" : "any"}
          value={from}
          onChange={(event) => setEnds([event.target.value.trim(), to])}
        />
      </label>
      <label>
        To
        <input
          {...input}
          placeholder={months ? "2026-12" : "any"}
          value={to}
          onChange={(event) => setEnds([from, event.target.value.trim()])}
        />
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
  if (!form.test(from) || !form.test(to))
    return field.kind === "months" ? "Months as 2024-01." : "Whole numbers from 0 to 99.";
  const backwards = from && to && (field.kind === "months" ? from > to : Number(from) > Number(to));
  return backwards ? "The first must not be after the second." : null;
}
