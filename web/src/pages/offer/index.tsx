import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { amountOf } from "../../components/amount";
import { useLabel } from "../../components/factor-values";
import { money } from "../../components/format";
import { OfferForm } from "./offer-form";
import { addressOf, MOST, NEW_OFFER, nameOf, type Offer, offersOf, problemsOf } from "./offers";
import { Results } from "./results";
import "./offer.css";

/** One to five offers, held against records like them and against each other. They stand in the address and nowhere else. */
export default function OfferPage() {
  const [params, setParams] = useSearchParams();
  const offers = offersOf(params);
  const [asked, setAsked] = useState<number | null>(null);
  const [kept, setKept] = useState(0);
  const results = useRef<HTMLDivElement>(null);
  const incomplete = offers.findIndex((offer) => Object.keys(problemsOf(offer)).length > 0);
  // Without an offer, or with one that cannot be asked about yet, there is nothing to do but fill in its form.
  const edited = asked ?? (offers.length === 0 ? 0 : incomplete < 0 ? null : incomplete);

  function keep(changed: readonly Offer[]) {
    setParams(addressOf(changed));
    setAsked(null);
    setKept(kept + 1);
  }

  useEffect(() => {
    if (kept) results.current?.focus();
  }, [kept]);

  return (
    <>
      <header className="page-head">
        <h1>Check an offer</h1>
        <p className="quiet">
          Where an offer stands among records like it, what its parts are worth, and what could be asked for. Put up to
          five side by side.
        </p>
      </header>
      <OfferList
        offers={offers}
        edited={edited}
        edit={setAsked}
        remove={(number) => keep(offers.toSpliced(number, 1))}
      />
      {edited !== null && (
        <OfferForm
          key={`${edited} ${params.toString()}`}
          number={edited}
          offer={offers[edited] ?? another(offers)}
          onSubmit={(offer) => keep(offers.toSpliced(edited, 1, offer))}
          onCancel={asked === null ? undefined : () => setAsked(null)}
        />
      )}
      {offers.length > 0 && incomplete < 0 && (
        <div ref={results} tabIndex={-1} className="offer-answers">
          <Results offers={offers} />
        </div>
      )}
    </>
  );
}

/** A further offer is to the same person most of the time, so it begins with their profile. */
function another(offers: readonly Offer[]): Offer {
  const last = offers.at(-1);
  return last ? { ...NEW_OFFER, profile: last.profile, currency: last.currency } : NEW_OFFER;
}

interface OfferListProps {
  offers: readonly Offer[];
  /** The number of the offer in the form. */
  edited: number | null;
  edit: (number: number) => void;
  remove: (number: number) => void;
}

/** The offers of the address, each to be changed or taken out, and a place for one more. */
export function OfferList({ offers, edited, edit, remove }: OfferListProps) {
  return (
    <ul className="offer-list" aria-label="Offers">
      {offers.map((offer, number) => (
        <li key={number} className="card" aria-current={number === edited || undefined}>
          <strong>{nameOf(offer, number)}</strong>
          <Summary offer={offer} />
          <div className="offer-buttons">
            <button type="button" className="button" onClick={() => edit(number)} disabled={number === edited}>
              Edit<span className="visually-hidden"> {nameOf(offer, number)}</span>
            </button>
            <button type="button" className="button button-quiet" onClick={() => remove(number)}>
              Remove<span className="visually-hidden"> {nameOf(offer, number)}</span>
            </button>
          </div>
        </li>
      ))}
      {offers.length > 0 && offers.length < MOST && (
        <li>
          <button
            type="button"
            className="offer-add"
            onClick={() => edit(offers.length)}
            disabled={edited === offers.length}
          >
            <span aria-hidden="true">+</span> Compare with another offer
          </button>
        </li>
      )}
    </ul>
  );
}

function Summary({ offer }: { offer: Offer }) {
  const { role, level, country, subdivision, metro } = offer.profile;
  const work = [useLabel("LEVEL", level), useLabel("ROLE", role)].filter(Boolean).join(" ");
  const place = [useLabel("METRO", metro), useLabel("SUBDIVISION", subdivision), useLabel("COUNTRY", country)].find(
    Boolean,
  );
  if (Object.keys(problemsOf(offer)).length) return <p className="quiet">Not complete yet.</p>;
  return (
    <p className="quiet">
      {[work, place].filter(Boolean).join(", ")}: {money(amountOf(offer.base), offer.currency)} base
    </p>
  );
}
