import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { parseAmount } from "../../components/amount";
import { useLabel } from "../../components/factor-values";
import { money } from "../../components/format";
import { urlOf, useFragmentParams } from "../../components/fragment";
import { OfferForm } from "./offer-form";
import { MAX_OFFERS, NEW_OFFER, nameOf, type Offer, offersOf, paramsOf, problemsOf } from "./offers";
import { Results } from "./results";
import "./offer.css";

/** One to five offers, compared with similar records and with each other. They are in the URL's fragment and nowhere else. */
export default function OfferPage() {
  const [path, navigate] = useLocation();
  const params = useFragmentParams();
  const offers = offersOf(params);
  const [opened, setOpened] = useState<number | null>(null); // index of the offer in the form
  const [submissions, setSubmissions] = useState(0);
  const results = useRef<HTMLDivElement>(null);
  const incomplete = offers.findIndex((offer) => Object.keys(problemsOf(offer)).length > 0);
  // Without an offer, or with an incomplete one, the form is open.
  const edited = opened ?? (offers.length === 0 ? 0 : incomplete < 0 ? null : incomplete);

  function update(changed: readonly Offer[]) {
    navigate(urlOf(path, new URLSearchParams(), paramsOf(changed)));
    setOpened(null);
    setSubmissions(submissions + 1);
  }

  useEffect(() => {
    if (submissions) results.current?.focus();
  }, [submissions]);

  return (
    <>
      <header className="page-head">
        <h1>Check an offer</h1>
        <p className="quiet">
          How an offer compares with similar records, what its components are worth, and what to ask for. Compare up to
          five offers.
        </p>
      </header>
      <OfferList
        offers={offers}
        edited={edited}
        edit={setOpened}
        remove={(index) => update(offers.toSpliced(index, 1))}
      />
      {edited !== null && (
        <OfferForm
          key={`${edited} ${params.toString()}`}
          index={edited}
          offer={offers[edited] ?? nextOffer(offers)}
          onSubmit={(offer) => update(offers.toSpliced(edited, 1, offer))}
          onCancel={opened === null ? undefined : () => setOpened(null)}
        />
      )}
      {offers.length > 0 && incomplete < 0 && (
        <div ref={results} tabIndex={-1} className="offer-output">
          <Results offers={offers} />
        </div>
      )}
    </>
  );
}

/** A new offer with the profile of the last one: most further offers are to the same person. */
function nextOffer(offers: readonly Offer[]): Offer {
  const last = offers.at(-1);
  return last ? { ...NEW_OFFER, profile: last.profile } : NEW_OFFER;
}

interface OfferListProps {
  offers: readonly Offer[];
  /** The index of the offer in the form. */
  edited: number | null;
  edit: (index: number) => void;
  remove: (index: number) => void;
}

/** The offers with buttons to edit and remove each, and to add another. */
function OfferList({ offers, edited, edit, remove }: OfferListProps) {
  return (
    <ul className="offer-list" aria-label="Offers">
      {offers.map((offer, index) => (
        <li key={index} className="card" aria-current={index === edited || undefined}>
          <strong>{nameOf(offer, index)}</strong>
          <Summary offer={offer} />
          <div className="offer-buttons">
            <button type="button" className="button" onClick={() => edit(index)} disabled={index === edited}>
              Edit<span className="visually-hidden"> {nameOf(offer, index)}</span>
            </button>
            <button type="button" className="button button-quiet" onClick={() => remove(index)}>
              Remove<span className="visually-hidden"> {nameOf(offer, index)}</span>
            </button>
          </div>
        </li>
      ))}
      {offers.length > 0 && offers.length < MAX_OFFERS && (
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
  if (Object.keys(problemsOf(offer)).length) return <p className="quiet">Incomplete.</p>;
  return (
    <p className="quiet">
      {[work, place].filter(Boolean).join(", ")}: {money(parseAmount(offer.base), offer.currency)} base
    </p>
  );
}
