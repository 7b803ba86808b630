import { type FormEvent, useEffect, useEffectEvent, useRef, useState } from "react";
import { useCurrencies, useLocalCurrency } from "../../components/currencies";
import { AmountField, Field } from "../../components/field";
import { MoreFields, WorkFields } from "../../components/profile-form";
import { DEFAULT_CURRENCY, nameOf, type Offer, problemsOf } from "./offers";

interface OfferFormProps {
  /** The initial values. */
  offer: Offer;
  index: number;
  onSubmit: (offer: Offer) => void;
  /** Absent if there is no other offer to return to. */
  onCancel?: (() => void) | undefined;
}

/** The form of one offer. Errors appear when it is submitted, and then update while they are corrected. */
export function OfferForm({ offer: initial, index, onSubmit, onCancel }: OfferFormProps) {
  const [typed, setTyped] = useState(initial);
  const local = useLocalCurrency(typed.profile.country);
  const offer = { ...typed, currency: typed.currency || local || DEFAULT_CURRENCY };
  const [attempts, setAttempts] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const allProblems = problemsOf(offer);
  const problems = attempts ? allProblems : {};
  const change = (part: Partial<Offer>) => setTyped({ ...typed, ...part });

  const focusFirst = useEffectEvent(() => {
    if (onCancel) form.current?.querySelector("input")?.focus(); // only if the reader opened the form
  });
  useEffect(() => focusFirst(), []);

  useEffect(() => {
    if (attempts) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [attempts]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (Object.keys(allProblems).length) setAttempts(attempts + 1);
    else onSubmit(offer);
  }

  return (
    <form ref={form} className="card offer-form" onSubmit={submit} noValidate aria-label={nameOf(offer, index)}>
      <WorkFields profile={offer.profile} problems={problems} onChange={(profile) => change({ profile })}>
        <Field label="Name of the offer" hint="Any text to identify it">
          {(control) => (
            <input
              {...control}
              maxLength={60}
              placeholder={`Offer ${index + 1}`}
              value={offer.label}
              onChange={(event) => change({ label: event.target.value })}
            />
          )}
        </Field>
      </WorkFields>
      <fieldset className="form-group">
        <legend>Pay before taxes</legend>
        <CurrencyField value={offer.currency} onChange={(currency) => change({ currency })} />
        <AmountField
          label="Base salary"
          required
          hint="Per year, full-time"
          currency={offer.currency}
          value={offer.base}
          error={problems.base}
          onChange={(base) => change({ base })}
        />
        <AmountField
          label="Target bonus"
          hint="Per year, if the targets are met; 0 if left empty"
          currency={offer.currency}
          value={offer.bonus}
          error={problems.bonus}
          onChange={(bonus) => change({ bonus })}
        />
        <AmountField
          label="Sign-on bonus"
          hint="Paid once; 0 if left empty"
          currency={offer.currency}
          value={offer.signOn}
          error={problems.signOn}
          onChange={(signOn) => change({ signOn })}
        />
        <AmountField
          label="Equity grant"
          hint="The whole grant at its value today; 0 if left empty"
          currency={offer.currency}
          value={offer.grant}
          error={problems.grant}
          onChange={(grant) => change({ grant })}
        />
        <AmountField
          label="Vesting years"
          hint="The years until the grant is fully yours"
          value={offer.vesting}
          error={problems.vesting}
          onChange={(vesting) => change({ vesting })}
        />
      </fieldset>
      <MoreFields profile={offer.profile} onChange={(profile) => change({ profile })} />
      <div className="offer-buttons">
        <button type="submit" className="button button-main">
          Check this offer
        </button>
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <span className="quiet">
          Nothing is stored. The offers are part of this page’s URL, after the # that browsers do not send: anybody with
          the link can see them.
        </span>
      </div>
    </form>
  );
}

function CurrencyField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { currencies } = useCurrencies(value);
  return (
    <Field label="Currency" hint="Of all amounts in this offer">
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {currencies.map(({ code, label }) => (
            <option key={code} value={code}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
