import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { addressOf, offersOf } from "./address";
import { OfferForm } from "./offer-form";
import { OfferList } from "./offer-list";
import { NEW_OFFER, problemsOf, type Offer } from "./offers";
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
          Where an offer stands among records like it, what its parts are worth, and what could be asked for. Put up to five side by side.
        </p>
      </header>
      <OfferList offers={offers} edited={edited} edit={setAsked} remove={(number) => keep(offers.toSpliced(number, 1))} />
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
