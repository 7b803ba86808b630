import { type FormEvent, useEffect, useRef, useState } from "react";
import { useCurrencies } from "../../components/currencies";
import { Field, type FieldProps } from "../../components/field";
import { MoreFields, WorkFields } from "../../components/profile-form";
import { nameOf, type Offer, problemsOf } from "./offers";

interface OfferFormProps {
  /** What the form begins with. */
  offer: Offer;
  number: number;
  onSubmit: (offer: Offer) => void;
  /** Absent where there is nothing to go back to. */
  onCancel?: (() => void) | undefined;
}

/** One offer's form. What is wrong is said when it is sent, then as it is put right. */
export function OfferForm({ offer: begun, number, onSubmit, onCancel }: OfferFormProps) {
  const [offer, setOffer] = useState(begun);
  const [sent, setSent] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const found = problemsOf(offer);
  const problems = sent ? found : {};
  const change = (part: Partial<Offer>) => setOffer({ ...offer, ...part });

  useEffect(() => {
    if (onCancel) form.current?.querySelector("input")?.focus(); // it was asked for
  }, []);

  useEffect(() => {
    if (sent) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [sent]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (Object.keys(found).length) setSent(sent + 1);
    else onSubmit(offer);
  }

  return (
    <form ref={form} className="card offer-form" onSubmit={submit} noValidate aria-label={nameOf(offer, number)}>
      <WorkFields profile={offer.profile} problems={problems} onChange={(profile) => change({ profile })}>
        <Field label="Name of the offer" hint="Anything that tells it apart">
          {(control) => (
            <input
              {...control}
              maxLength={60}
              placeholder={`Offer ${number + 1}`}
              value={offer.label}
              onChange={(event) => change({ label: event.target.value })}
            />
          )}
        </Field>
      </WorkFields>
      <fieldset className="form-group">
        <legend>The pay, before tax</legend>
        <CurrencyField value={offer.currency} onChange={(currency) => change({ currency })} />
        <AmountField
          label="Base salary"
          required
          hint="A year, full time"
          value={offer.base}
          error={problems.base}
          onChange={(base) => change({ base })}
        />
        <AmountField
          label="Target bonus"
          hint="A year, if its targets are met"
          value={offer.bonus}
          error={problems.bonus}
          onChange={(bonus) => change({ bonus })}
        />
        <AmountField
          label="Sign-on bonus"
          hint="Paid once"
          value={offer.signOn}
          error={problems.signOn}
          onChange={(signOn) => change({ signOn })}
        />
        <AmountField
          label="Equity grant"
          hint="All of it, at its value today"
          value={offer.grant}
          error={problems.grant}
          onChange={(grant) => change({ grant })}
        />
        <AmountField
          label="Vesting years"
          hint="Vesting: the time over which the grant becomes yours"
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
          Nothing is stored. The offers stand in this page’s address, so that whoever you give the link to sees them.
        </span>
      </div>
    </form>
  );
}

interface AmountFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** An amount of money or years, as people write it. */
export function AmountField({ value, onChange, ...field }: AmountFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** A currency that the service knows a rate of. */
export function CurrencyField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const currencies = useCurrencies(value);
  return (
    <Field label="Currency" hint="Of all amounts of this offer">
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
