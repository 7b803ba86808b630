import type { CSSProperties, ReactNode } from "react";
import type { CombinedError } from "urql";
import { count, money, signedPercent } from "../../components/format";
import { Failure, Loading, wordsOf } from "../../components/query";
import type { CompareQuery } from "../../gql/graphql";

type Found = CompareQuery["compareOffers"];
type Compared = Found["offers"][number];

interface ComparisonProps {
  found: Found | undefined;
  error: CombinedError | undefined;
  /** The name of the offer that an error is about; it is said there. */
  stopped: string | undefined;
  retry: () => void;
}

/** Two to five offers side by side, a column each. */
export function Comparison({ found, error, stopped, retry }: ComparisonProps) {
  if (error) {
    const message = stopped
      ? `The offers cannot be put side by side because of ${stopped}: see there why.`
      : wordsOf(error);
    return <Failure message={message} {...(error.networkError && { retry })} />;
  }
  if (!found) return <Loading what="the comparison" />;
  return <Beside found={found} />;
}

function Beside({ found: { offers, currency, best } }: { found: Found }) {
  const first = offers[0];
  const most = Math.max(...offers.map(({ realValue }) => realValue));
  const rows: readonly [name: string, said: string, cell: (offer: Compared, number: number) => ReactNode][] = [
    [
      "Real value",
      `Annualised, in ${currency}, at the prices of ${first?.priceLevel.place.label ?? "the first place"}`,
      ({ realValue }, number) => (
        <>
          <strong>{money(realValue, currency)}</strong>
          {number === best && <span className="chip chip-good">Highest</span>}
          <span className="offer-share" aria-hidden="true" style={{ width: `${(100 * realValue) / most}%` }} />
        </>
      ),
    ],
    [
      "To the highest",
      "How far the real value lies below it",
      ({ difference }, number) => (number === best ? "–" : signedPercent(difference)),
    ],
    [
      "To match it",
      "The annualised total that would be worth as much, in the offer’s own currency",
      ({ equivalentAnnualized, benchmark }, number) => (number === best ? "–" : money(equivalentAnnualized, benchmark.currency)),
    ],
    ["Annualised", "In the offer’s own currency", ({ benchmark }) => money(benchmark.annualized, benchmark.currency)],
    ["First year", "With the whole sign-on bonus", ({ benchmark }) => money(benchmark.firstYear, benchmark.currency)],
    [
      "Four years",
      `In ${currency}, at today’s value, without raises`,
      ({ fourYearValue }) => money(fourYearValue, currency),
    ],
    [
      "Rank at home",
      "Share of comparable records that it is above, each where the offer is",
      ({ benchmark: { rank } }) => (
        <>
          {Math.round(rank.rank)}%
          <small>
            {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%, {count(rank.count)} records
          </small>
        </>
      ),
    ],
    [
      "Prices",
      "Cost of living, United States = 100",
      ({ priceLevel }) => (
        <>
          {priceLevel.level.toFixed(1)}
          <small>
            {priceLevel.place.label}, {priceLevel.year}
          </small>
        </>
      ),
    ],
  ];
  return (
    <section className="card" aria-labelledby="beside">
      <h2 id="beside">Side by side</h2>
      <div className="table-scroll offer-beside" tabIndex={0} role="region" aria-label="Offers side by side">
        <table style={{ "--offers": offers.length } as CSSProperties}>
          <thead>
            <tr>
              <td />
              {offers.map(({ benchmark }, number) => (
                <th key={number} scope="col">
                  {benchmark.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, said, cell]) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  <small>{said}</small>
                </th>
                {offers.map((offer, number) => (
                  <td key={number}>{cell(offer, number)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">
        Real value and rank answer different questions: what the money buys where you would live, and how an offer
        stands among others there. Neither knows of taxes, and price levels are older than currency rates.
      </p>
    </section>
  );
}
