import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { FocusScope } from "react-aria/FocusScope";
import { mergeProps } from "react-aria/mergeProps";
import { DismissButton, Overlay } from "react-aria/Overlay";
import { useInteractOutside } from "react-aria/useInteractOutside";
import { useOverlay } from "react-aria/useOverlay";
import { useOverlayPosition } from "react-aria/useOverlayPosition";
import type { CohortFilter } from "../gql/graphql";
import { type Condition, conditionOf, type FilterField, type MatchMode } from "./conditions";
import { type CountedValue, useDebounced, useFacetCounts, useFactorValues } from "./factor-values";
import { count } from "./format";
import { errorMessage, Failure } from "./query";
import { SelectedValues } from "./selected-values";

export interface FacetProps {
  field: FilterField;
  /** The condition that is set on the field. */
  condition: Condition | undefined;
  /** The other filters: values are counted among the records that match them. */
  otherFilters: CohortFilter;
  /** Called with the condition, and the currency of the country that was chosen alone. */
  onChange: (condition: Condition | null, currency?: string | null) => void;
}

interface FacetPanelProps extends FacetProps {
  trigger: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

/** The values of a field to filter by, in a popover below its button. */
export default function FacetPanel({ trigger, onClose, ...props }: FacetPanelProps) {
  const ranged = props.field.kind === "numbers" || props.field.kind === "months";
  return (
    <Popover label={props.field.label} trigger={trigger} onClose={onClose}>
      {ranged ? <FacetRange {...props} /> : <FacetValues {...props} />}
    </Popover>
  );
}

interface PopoverProps {
  /** The accessible name of the popover. */
  label: string;
  trigger: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
}

/**
 * A popover that leaves the rest of the page in use, so that its effect on the figures can be watched and announced.
 * It closes by Escape, by a click elsewhere and when the focus leaves it; the focus then returns to the trigger.
 */
function Popover({ label, trigger, onClose, children }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null);
  const isOutside = (element: Element) => !trigger.current?.contains(element);
  const { overlayProps } = useOverlay(
    { isOpen: true, onClose, shouldCloseOnBlur: true, shouldCloseOnInteractOutside: isOutside },
    panel,
  );
  const { overlayProps: positionProps } = useOverlayPosition({
    targetRef: trigger,
    overlayRef: panel,
    placement: "bottom start",
    offset: 6,
    maxHeight: 480,
  });
  useInteractOutside({
    ref: panel,
    onInteractOutside: ({ target }) => {
      if (isOutside(target as Element)) onClose();
    },
  });
  useEffect(() => {
    const search = panel.current?.querySelector<HTMLElement>("[type=search]");
    const first = matchMedia("(pointer: coarse)").matches ? null : search; // there it would open the keyboard over the list
    (first ?? panel.current)?.focus({ preventScroll: true }); // it has no position yet
  }, []);
  return (
    <Overlay disableFocusManagement>
      <FocusScope restoreFocus>
        <div
          {...mergeProps(overlayProps, positionProps)}
          ref={panel}
          role="dialog"
          aria-label={label}
          tabIndex={-1}
          className="facet-panel"
        >
          {children}
          <DismissButton onDismiss={onClose} />
        </div>
      </FocusScope>
    </Overlay>
  );
}

const MAX_VALUES = 40;
const SEARCH_DELAY = 150; // ms without a key before a search is sent
const MODES: Record<MatchMode, string> = { any: "any of these", all: "all of these", none: "none of these" };

/** The values of a factor as checkboxes with live counts; a search finds those beyond the most common ones. */
function FacetValues({ field, condition, otherFilters, onChange }: FacetProps) {
  const [text, setText] = useState("");
  const search = useDebounced(text.trim(), SEARCH_DELAY);
  const selected = condition?.values ?? [];
  const mode = condition?.mode ?? "any";
  const top = useFacetCounts({ where: otherFilters, factor: field.factor, first: MAX_VALUES });
  const uncounted = top.values?.length === 0; // too few records match the other filters; the values can still be chosen
  const found = useFactorValues({ factor: field.factor, search, first: MAX_VALUES, pause: !search && !uncounted });

  function select(values: readonly string[], next: MatchMode = mode, currency: string | null = null) {
    onChange(values.length ? ({ field: field.name, values, mode: next } satisfies Condition) : null, currency);
  }

  function remove(code: string) {
    select(selected.filter((other) => other !== code));
  }

  function toggle({ code, currency }: CountedValue) {
    if (selected.includes(code)) remove(code);
    else select([...selected, code], mode, selected.length === 0 ? currency : null);
  }

  const error = top.error ?? found.error;
  const searched = Boolean(search) || uncounted;
  const stale = text.trim() !== search || found.fetching; // values of an earlier text are disabled: none changes under the pointer
  const matches = found.values?.map((value): CountedValue => ({ ...value, hasChildren: false }));
  const shown = searched ? matches : top.values;
  return (
    <>
      {(field.kind !== "enums" || text || uncounted) && (
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
        <ModeSelect mode={mode} disabled={!selected.length} onChange={(next) => select(selected, next)} />
      )}
      <SelectedValues name={`Selected: ${field.label}`} factor={field.factor} codes={selected} onRemove={remove} />
      {error && <Failure message={errorMessage(error)} />}
      <ul className="facet-values" aria-busy={top.fetching || found.fetching}>
        {shown?.map((value) => (
          <FacetValue
            key={value.code}
            value={value}
            field={field}
            otherFilters={otherFilters}
            selected={selected}
            disabled={stale}
            toggle={toggle}
          />
        ))}
      </ul>
      {shown?.length === 0 && <p className="quiet">No matches for “{search}”.</p>}
      {searched && Boolean(shown?.length) && (
        <p className="facet-note">Counts include all records, regardless of the other filters.</p>
      )}
    </>
  );
}

interface ModeSelectProps {
  mode: MatchMode;
  disabled: boolean;
  onChange: (mode: MatchMode) => void;
}

/** Selects whether records have to have any, all or none of the values. */
function ModeSelect({ mode, disabled, onChange }: ModeSelectProps) {
  return (
    <label className="facet-mode">
      Records with
      <select value={mode} onChange={(event) => onChange(event.target.value as MatchMode)} disabled={disabled}>
        {Object.entries(MODES).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

type FacetValueProps = Pick<FacetProps, "field" | "otherFilters"> & {
  value: CountedValue;
  selected: readonly string[];
  disabled: boolean;
  toggle: (value: CountedValue) => void;
};

/** A value as a checkbox; one with values below it expands. */
function FacetValue({ value, ...props }: FacetValueProps) {
  const { field, otherFilters, selected, disabled, toggle } = props;
  const [expanded, setExpanded] = useState(false);
  const below = useFacetCounts({
    where: otherFilters,
    factor: field.factor,
    under: value.code,
    first: MAX_VALUES,
    pause: !expanded,
  });
  return (
    <li>
      <div className="facet-value">
        {value.hasChildren && (
          <button
            type="button"
            className="facet-expand"
            aria-expanded={expanded}
            aria-label={`Show values in ${value.label}`}
            onClick={() => setExpanded(!expanded)}
          />
        )}
        <label>
          <input
            type="checkbox"
            checked={selected.includes(value.code)}
            disabled={disabled}
            onChange={() => toggle(value)}
          />
          <span>{value.label}</span>
          <RecordCount records={value.records} />
        </label>
      </div>
      {expanded && below.values && (
        <ul className="facet-values facet-below">
          {below.values.map((child) => (
            <FacetValue key={child.code} {...props} value={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

function RecordCount({ records }: { records: number }) {
  return (
    <span className="facet-count">
      {count(records)}
      <span className="visually-hidden"> records</span>
    </span>
  );
}

const TYPING_DELAY = 400; // ms without a key before a typed range applies

/** A range: its bands with live counts, and two fields for any other range. */
function FacetRange({ field, condition, otherFilters, onChange }: FacetProps) {
  const { values, fetching, error } = useFacetCounts({ where: otherFilters, factor: field.factor, first: MAX_VALUES });
  const range = condition?.values.join("..") ?? "..";
  return (
    <>
      <RangeFields key={range} field={field} condition={condition} onChange={onChange} />
      {error && <Failure message={errorMessage(error)} />}
      <ul className="facet-values" aria-busy={fetching}>
        {values?.map((value) => {
          const band = conditionOf(field.factor, value.code);
          const selected = band.values.join("..") === range;
          return (
            <li key={value.code}>
              <button
                type="button"
                className="facet-band"
                aria-pressed={selected}
                onClick={() => onChange(selected ? null : band)}
              >
                <span>{value.label}</span>
                <RecordCount records={value.records} />
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** The two ends of a range as text; once both are valid, they apply when typing pauses or the field is left. */
function RangeFields({ field, condition, onChange }: Pick<FacetProps, "field" | "condition" | "onChange">) {
  const current = condition?.values.join("..") ?? "..";
  const [ends, setEnds] = useState<readonly string[]>(condition?.values ?? ["", ""]);
  const [from = "", to = ""] = ends;
  const error = rangeError(field, from, to);

  const changed = !error && `${from}..${to}` !== current;

  function apply() {
    if (changed) onChange(from || to ? { field: field.name, values: [from, to], mode: "any" } : null);
  }

  useEffect(() => {
    if (!changed) return;
    const timer = setTimeout(apply, TYPING_DELAY);
    return () => clearTimeout(timer);
  });

  const months = field.kind === "months";
  const input = {
    className: "input",
    type: months ? "month" : "text",
    inputMode: months ? undefined : ("numeric" as const),
    "aria-invalid": Boolean(error),
    onBlur: apply,
    onKeyDown: ({ key }: KeyboardEvent) => (key === "Enter" || key === "Escape") && apply(),
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
      {error && (
        <p className="facet-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function rangeError(field: FilterField, from: string, to: string): string | null {
  const months = field.kind === "months";
  const pattern = months ? /^(\d{4}-(0[1-9]|1[0-2]))?$/ : /^\d{0,2}$/;
  if (!pattern.test(from) || !pattern.test(to)) return months ? "Months as 2024-01." : "Whole numbers from 0 to 99.";
  const reversed = from && to && (months ? from > to : Number(from) > Number(to));
  return reversed ? "The first must not be after the second." : null;
}
