import { useLabel } from "../../parts/factor-values";
import { money } from "../../parts/format";
import { amountOf } from "../../parts/amount";
import { MOST, nameOf, problemsOf, type Offer } from "./offers";

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
          <button type="button" className="offer-add" onClick={() => edit(offers.length)} disabled={edited === offers.length}>
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
  const place = [useLabel("METRO", metro), useLabel("SUBDIVISION", subdivision), useLabel("COUNTRY", country)].find(Boolean);
  if (Object.keys(problemsOf(offer)).length) return <p className="quiet">Not complete yet.</p>;
  return (
    <p className="quiet">
      {[work, place].filter(Boolean).join(", ")}: {money(amountOf(offer.base), offer.currency)} base
    </p>
  );
}
