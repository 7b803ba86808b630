import { type KeyboardEvent, useContext, useEffect, useState } from "react";
import { ComboBox, ComboBoxStateContext } from "react-aria-components/ComboBox";
import { Input } from "react-aria-components/Input";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import type { Factor } from "../gql/graphql";
import { type FoundValue, useDebounced, useFactorValues } from "./factor-values";
import { Field, type FieldProps, labelId } from "./field";
import { count, countOf } from "./format";

const MAX_OPTIONS = 20;
const SEARCH_DELAY = 150; // ms without a key before a search is sent

type SelectionMode = "single" | "multiple";

interface ComboboxProps extends FieldProps {
  factor: Factor;
  mode: SelectionMode;
  /** Codes of the selected values; at most one in mode "single". */
  selected: readonly string[];
  onChange: (selected: readonly string[]) => void;
  /** The text shown while nobody types. */
  selectedLabel: string;
  /** Only values below this one. */
  under?: string | null | undefined;
  placeholder: string;
}

/**
 * Selects values of a factor with many of them by searching the service: an editable combobox.
 *
 * Options that belong to an earlier text are disabled, so that none changes under the pointer. Enter selects the first option,
 * once the search for the typed text has returned, even if the focus has left by then.
 */
export function Combobox({
  factor,
  mode,
  selected,
  onChange,
  selectedLabel,
  under,
  placeholder,
  ...field
}: ComboboxProps) {
  const [text, setText] = useState<string | null>(null); // null while nobody types
  const [open, setOpen] = useState(false);
  const [entered, setEntered] = useState(false); // Enter was pressed before the search returned
  const search = useDebounced(text ?? "", SEARCH_DELAY);
  const { values, fetching, error } = useFactorValues({ factor, search, under, pause: !open && !entered });
  const matches = ranked(values ?? [], search);
  const options = matches.slice(0, MAX_OPTIONS);
  const stale = (text ?? "") !== search || fetching;

  function change(codes: readonly string[]) {
    if (codes.join() === selected.join()) return; // React Aria commits the selection whenever the list closes
    setText(null);
    onChange(codes);
  }

  function select(code: string) {
    setText(null);
    change(mode === "single" ? [code] : [...new Set([...selected, code])]);
  }

  /** Discards the typed text. */
  function revert() {
    setText(null);
    setEntered(false);
  }

  function onInputChange(next: string) {
    setEntered(false);
    setText(next === selectedLabel ? null : next);
    if (next === "" && mode === "single" && selected.length) onChange([]);
  }

  return (
    <Field {...field} error={field.error ?? (error && "The list could not be loaded.")}>
      {(control) => (
        <ComboBox<FoundValue, SelectionMode>
          id={control.id}
          aria-labelledby={labelId(control.id)}
          {...description(control["aria-describedby"])}
          className="combobox"
          validationBehavior="aria"
          isRequired={control.required}
          isInvalid={control["aria-invalid"]}
          selectionMode={mode}
          value={mode === "single" ? (selected[0] ?? null) : selected}
          onChange={(keys) => change((Array.isArray(keys) ? keys : [keys ?? []].flat()).map(String))}
          items={options}
          disabledKeys={stale ? options.map(({ code }) => code) : []}
          allowsEmptyCollection
          menuTrigger="manual" // SearchInput opens it: not every new text was typed, for example the label once it has loaded
          inputValue={text ?? selectedLabel}
          onInputChange={onInputChange}
          onOpenChange={setOpen}
          onBlur={() => !entered && revert()} // an Enter that waits is completed after the focus has left
        >
          <SearchInput
            mode={mode}
            placeholder={placeholder}
            typing={text !== null}
            first={text ? matches[0] : undefined}
            stale={stale}
            entered={entered}
            setEntered={setEntered}
            select={select}
            revert={revert}
          />
          <Popover className="combobox-popover" offset={3}>
            <ListBox<FoundValue>
              className="combobox-list"
              renderEmptyState={() => <p className="quiet">{stale ? "Searching…" : `No matches for “${search}”.`}</p>}
            >
              {(option) => (
                <ListBoxItem id={option.code} textValue={option.label} className="combobox-option">
                  <span>{option.label}</span> <span className="quiet">{details(option)}</span>
                </ListBoxItem>
              )}
            </ListBox>
            {matches.length > MAX_OPTIONS && (
              <p className="combobox-note">{count(matches.length - MAX_OPTIONS)} more: keep typing to find them.</p>
            )}
          </Popover>
        </ComboBox>
      )}
    </Field>
  );
}

function description(ids: string | undefined) {
  return ids === undefined ? {} : { "aria-describedby": ids };
}

interface SearchInputProps {
  mode: SelectionMode;
  placeholder: string;
  typing: boolean;
  /** The option that Enter selects if none is highlighted. */
  first: FoundValue | undefined;
  /** Whether the options still belong to an earlier text. */
  stale: boolean;
  /** Whether Enter waits for the search to return. */
  entered: boolean;
  setEntered: (entered: boolean) => void;
  select: (code: string) => void;
  /** Discards the typed text. */
  revert: () => void;
}

/** The text field: a click and typing open the list, and Enter selects the first match. */
function SearchInput({
  mode,
  placeholder,
  typing,
  first,
  stale,
  entered,
  setEntered,
  select,
  revert,
}: SearchInputProps) {
  const state = useContext(ComboBoxStateContext);

  // React Aria closes the list when the page scrolls, as it does when a shorter list makes the page shorter.
  useEffect(() => {
    if (typing && state?.isFocused && !state.isOpen) state.open(null, "manual");
  });

  useEffect(() => {
    if (!entered || stale) return;
    setEntered(false);
    if (first) selectFirst(first);
    else if (!state?.isFocused) revert();
  });

  function selectFirst({ code }: FoundValue) {
    select(code);
    if (mode === "single") state?.close();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") revert();
    const selectsText = event.key === "a" && (event.ctrlKey || event.metaKey); // rather than every option
    const entersText = event.key === "Enter" && state?.isOpen && state.selectionManager.focusedKey === null;
    if (!selectsText && !entersText) return;
    event.stopPropagation();
    if (selectsText) return;
    event.preventDefault();
    if (stale) setEntered(true);
    else if (first) selectFirst(first);
  }

  return (
    <Input
      className="input"
      placeholder={placeholder}
      spellCheck={false}
      onClick={() => state?.open(null, "manual")}
      onFocus={(event) => event.isTrusted && event.target.select()} // React Aria's virtual focus is not trusted
      onKeyDownCapture={onKeyDown}
    />
  );
}

function details({ parent, records }: FoundValue): string {
  return [parent?.label, records > 0 && `${countOf(records, "record")}`].filter(Boolean).join(" · ");
}

/** An exact match first, then by number of records: most people look for the common values. */
function ranked(values: readonly FoundValue[], search: string): FoundValue[] {
  const wanted = search.trim().toLowerCase();
  const exact = ({ code, label }: FoundValue) => Number(code === wanted || label.toLowerCase() === wanted);
  return values.toSorted((a, b) => exact(b) - exact(a) || b.records - a.records);
}
