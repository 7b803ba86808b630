import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { type Condition, type FilterField, rangeText } from "./conditions";
import type { FacetProps } from "./facet-panel";
import { useLabel } from "./factor-values";
import "./facet.css";

const loadPanel = () => import("./facet-panel"); // with React Aria's popover, which the first view does without
const FacetPanel = lazy(loadPanel);

/** A filter on one field: a button with the current condition, and a popover with the values and their record counts. */
export function Facet(props: FacetProps) {
  const { field, condition, onChange } = props;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <div className="facet" data-active={condition ? true : undefined}>
      <button
        ref={button}
        type="button"
        className="facet-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onFocus={() => void loadPanel()}
        onPointerEnter={() => void loadPanel()}
      >
        <span className="facet-name">
          {field.label}
          {condition && <b>{conditionText(field, condition)}</b>}
        </span>
      </button>
      {condition && (
        <button
          type="button"
          className="facet-remove"
          aria-label={`Remove the filter: ${field.label}`}
          onClick={() => onChange(null)}
        >
          ×
        </button>
      )}
      {open && (
        <Suspense>
          <FacetPanel {...props} trigger={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

function conditionText(field: FilterField, condition: Condition): ReactNode {
  return field.kind === "numbers" || field.kind === "months" ? (
    rangeText(field, condition)
  ) : (
    <ValuesText field={field} condition={condition} />
  );
}

/** The label of the first value and the number of further ones. */
function ValuesText({ field, condition }: { field: FilterField; condition: Condition }) {
  const [first = "", ...others] = condition.values;
  const label = useLabel(field.factor, first);
  const mode = { any: "", all: others.length ? "all of " : "", none: "not " }[condition.mode];
  return `${mode}${label}${others.length > 0 ? ` +${others.length}` : ""}`;
}
