import type { CohortFilter } from "../gql/graphql";
import type { Condition, FilterField } from "./conditions";
import { FacetRange, rangeWords } from "./facet-range";
import { FacetValues } from "./facet-values";
import { useLabel } from "./factor-values";
import { Popover } from "./popover";
import "./facet.css";

export interface FacetProps {
  field: FilterField;
  /** What the field asks for now. */
  condition: Condition | undefined;
  /** What the other fields ask for: values are counted among the records that it leaves. */
  others: CohortFilter;
  onChange: (condition: Condition | null) => void;
}

/** A filter by one field: a button that says what is chosen, over a panel of values with their numbers of records. */
export function Facet(props: FacetProps) {
  const { field, condition, onChange } = props;
  const ranged = field.kind === "numbers" || field.kind === "months";
  const remove = condition && (
    <button type="button" className="facet-remove" aria-label={`Remove the filter: ${field.label}`} onClick={() => onChange(null)}>
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
          {condition && (ranged ? <b>{rangeWords(field, condition)}</b> : <Chosen field={field} condition={condition} />)}
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
