import { type KeyboardEvent, useEffect, useId, useState } from "react";
import type { PickerProps } from "./factor-picker";
import { type FoundValue, useFactorValues, useLabel, useSettled } from "./factor-values";
import { Field } from "./field";
import { count } from "./format";

const SHOWN = 20;
const PAUSE = 150; // ms without a key before a search is asked for

/** One value of a factor with many of them: an editable combobox with a list below it, as WAI-ARIA describes it. */
export function ValueSearch({ factor, value, onChange, under, none = "Type to search", ...field }: PickerProps) {
  const list = useId();
  const label = useLabel(factor, value);
  const [text, setText] = useState<string | null>(null); // null as long as nobody types
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const search = useSettled(text ?? "", PAUSE);
  const { values, fetching, error } = useFactorValues({ factor, search, under, pause: !open });
  const found = ordered(values ?? [], search);
  const shown = found.slice(0, SHOWN);
  const active = shown[at];
  const stale = (text ?? "") !== search || fetching; // what is shown is of what was typed before
  const picked = active ?? (text ? shown[0] : undefined); // whoever types takes the first by Enter
  const [awaited, setAwaited] = useState(false); // Enter came before the answer to what was typed

  useEffect(() => {
    if (!awaited || stale) return;
    setAwaited(false);
    if (picked) choose(picked.code);
  }, [awaited, stale]);

  function close() {
    setOpen(false);
    setAwaited(false);
    setAt(-1);
    setText(null);
  }

  function choose(code: string | null) {
    onChange(code);
    close();
  }

  function move(by: number) {
    setOpen(true);
    if (shown.length) setAt(at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && open && (picked || stale)) {
      if (active || (picked && !stale)) choose((active ?? picked)?.code ?? null);
      else setAwaited(true);
    } else if (event.key === "Tab" && open && active)
      return choose(active.code); // and go on to the next field
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
  }

  return (
    <Field {...field} error={field.error ?? (error && "The list could not be loaded.")}>
      {(control) => (
        <div className="value-search">
          <input
            {...control}
            role="combobox"
            autoComplete="off"
            spellCheck={false}
            aria-expanded={open}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={active && `${list}-${active.code}`}
            placeholder={none}
            value={text ?? label}
            onChange={(event) => {
              setText(event.target.value);
              setOpen(true);
              setAt(-1);
              setAwaited(false);
            }}
            onClick={() => setOpen(true)}
            onFocus={(event) => event.target.select()}
            onBlur={() => (text === "" && value ? choose(null) : close())}
            onKeyDown={onKeyDown}
          />
          {/* The list is always there, since the input names it; it never takes the focus from the input. */}
          <ul
            id={list}
            role="listbox"
            aria-label={field.label}
            hidden={!open || !shown.length}
            onMouseDown={(event) => event.preventDefault()}
          >
            {shown.map((one, number) => (
              <Option
                key={one.code}
                id={`${list}-${one.code}`}
                of={one}
                active={number === at}
                chosen={one.code === value}
                choose={choose}
              />
            ))}
            {found.length > SHOWN && (
              <li role="presentation">{count(found.length - SHOWN)} more: type on to find them.</li>
            )}
          </ul>
          {open && !stale && values && !shown.length && (
            <p className="value-search-none">Nothing is called “{search}” here.</p>
          )}
          <span className="visually-hidden" role="status">
            {open && !stale && values ? `${count(found.length)} found` : ""}
          </span>
        </div>
      )}
    </Field>
  );
}

function Option({
  id,
  of,
  active,
  chosen,
  choose,
}: {
  id: string;
  of: FoundValue;
  active: boolean;
  chosen: boolean;
  choose: (code: string) => void;
}) {
  return (
    <li
      id={id}
      role="option"
      aria-selected={chosen}
      data-active={active || undefined}
      ref={(here) => {
        if (active) here?.scrollIntoView({ block: "nearest" });
      }}
      onClick={() => choose(of.code)}
    >
      <span>{of.label}</span>
      <span className="quiet">
        {of.parent?.label}
        {of.parent && of.records > 0 && " · "}
        {of.records > 0 && `${count(of.records)} records`}
      </span>
    </li>
  );
}

/** The value of that very name first, then by how many records each has: most people look for the common ones. */
function ordered(values: readonly FoundValue[], search: string): FoundValue[] {
  const wanted = search.trim().toLowerCase();
  const named = ({ code, label }: FoundValue) => Number(code === wanted || label.toLowerCase() === wanted);
  return values.toSorted((a, b) => named(b) - named(a) || b.records - a.records);
}
