import type { Factor } from "../gql/graphql";
import type { FieldProps } from "./field";
import { ValueSearch } from "./value-search";
import { ValueSelect } from "./value-select";

export interface PickerProps extends FieldProps {
  factor: Factor;
  /** A code of the factor, as `factorValues` tells it; null for none. */
  value: string | null;
  onChange: (value: string | null) => void;
  /** Only values below this one; for METRO also a state or country. */
  under?: string | null | undefined;
  /** What stands in the field for no value; “Not told” in a list and “Type to search” in a search where nothing else is given. */
  none?: string | undefined;
}

/** The factors that the schema has as enums: so few values that all of them fit into a list. */
const CLOSED: readonly Factor[] = ["LEVEL", "EMPLOYMENT_TYPE", "WORK_MODE", "EMPLOYER_SIZE", "EMPLOYER_TYPE", "EDUCATION"];

/** Picks one value of a factor: from a list where there are few, by a search where there are many. */
export function ValuePicker(props: PickerProps) {
  return CLOSED.includes(props.factor) ? <ValueSelect {...props} /> : <ValueSearch {...props} />;
}
