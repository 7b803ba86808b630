import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { type Condition, type FilterField, rangeWords } from "./conditions";
import { type FacetProps, FacetRange, FacetValues } from "./facet-panel";
import { useLabel } from "./factor-values";
import "./facet.css";

/** A filter by one field: a button that says what is chosen, over a panel of values with their numbers of records. */
export function Facet(props: FacetProps) {
  const { field, condition, onChange } = props;
  const ranged = field.kind === "numbers" || field.kind === "months";
  const remove = condition && (
    <button
      type="button"
      className="facet-remove"
      aria-label={`Remove the filter: ${field.label}`}
      onClick={() => onChange(null)}
    >
      ×
    </button>
  );
  return (
    <Popover
      label={field.label}
      chosen={Boolean(condition)}
      beside={remove}
      button={
        <span className="facet-name">
          {field.label}
          {condition &&
            (ranged ? <b>{rangeWords(field, condition)}</b> : <Chosen field={field} condition={condition} />)}
        </span>
      }
    >
      {() => (ranged ? <FacetRange {...props} /> : <FacetValues {...props} />)}
    </Popover>
  );
}

/** The first of the values by its name, and how many more there are. */
function Chosen({ field, condition }: { field: FilterField; condition: Condition }) {
  const [first = "", ...others] = condition.values;
  const label = useLabel(field.factor, first);
  const how = { any: "", all: others.length ? "all of " : "", none: "not " }[condition.how];
  return (
    <b>
      {how}
      {label}
      {others.length > 0 && ` +${others.length}`}
    </b>
  );
}

interface PopoverProps {
  /** What the button says. */
  button: ReactNode;
  /** What is in the panel, for those who do not see it. */
  label: string;
  /** Set where the button stands for something that was chosen. */
  chosen?: boolean;
  /** What stands beside the button. */
  beside?: ReactNode;
  /** The panel; rendered only while it is open. */
  children: () => ReactNode;
}

/** A button with a panel below it, which closes by Escape, a click elsewhere, or when the focus goes on. */
export function Popover({ button, label, chosen = false, beside, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const here = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useId();

  useEffect(() => {
    if (!open) return;
    const elsewhere = (event: PointerEvent) => {
      if (!here.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);

  return (
    <div
      ref={here}
      className="popover"
      data-chosen={chosen || undefined}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        opener.current?.focus();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={opener}
        type="button"
        className="popover-button"
        aria-expanded={open}
        aria-controls={open ? panel : undefined}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {beside}
      {open && (
        <div id={panel} role="group" aria-label={label} className="popover-panel" ref={keepInside}>
          {children()}
        </div>
      )}
    </div>
  );
}

/** Moves a panel that would reach over the right edge of the window back into it. */
function keepInside(panel: HTMLDivElement | null) {
  if (!panel) return;
  const over = panel.getBoundingClientRect().right - document.documentElement.clientWidth + 12;
  if (over > 0) panel.style.translate = `${-over}px`;
}
