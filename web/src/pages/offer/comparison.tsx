import type { CSSProperties, ReactNode } from "react";
import type { CombinedError } from "urql";
import { countOf, money, signedPercent, words } from "../../components/format";
import { errorMessage, Failure, Loading } from "../../components/query";
import type { CompareQuery } from "../../gql/graphql";

type ComparisonResult = CompareQuery["compareOffers"];
type ComparedOffer = ComparisonResult["offers"][number];

interface ComparisonProps {
  comparison: ComparisonResult | undefined;
  error: CombinedError | undefined;
  /** The name of the offer that the error is about; its result shows the error. */
  failedOffer: string | undefined;
  retry: () => void;
}

/** Two to five offers side by side, one per column. */
export function Comparison({ comparison, error, failedOffer, retry }: ComparisonProps) {
  if (error) {
    const message = failedOffer
      ? `The offers cannot be compared because of ${failedOffer}; see its result for the reason.`
      : errorMessage(error);
    return <Failure message={message} {...(error.networkError && { retry })} />;
  }
  if (!comparison) return <Loading what="the comparison" />;
  return <ComparisonTable comparison={comparison} />;
}

function ComparisonTable({ comparison: { offers, currency, best } }: { comparison: ComparisonResult }) {
  const first = offers[0];
  const max = Math.max(...offers.map(({ realValue }) => realValue));
  const rows: readonly [name: string, description: string, cell: (offer: ComparedOffer, index: number) => ReactNode][] =
    [
      [
        "Real value",
        `Annualised, in ${currency}, at the prices of ${first?.priceLevel.place.label ?? "the first place"}`,
        ({ realValue }, index) => (
          <>
            <strong>{money(realValue, currency)}</strong>
            {index === best && <span className="chip chip-good">Highest</span>}
            <span className="offer-share" aria-hidden="true" style={{ width: `${(100 * realValue) / max}%` }} />
          </>
        ),
      ],
      [
        "Difference",
        "Of the real value to the highest",
        ({ difference }, index) => (index === best ? "–" : signedPercent(difference)),
      ],
      [
        "To match the best",
        "The annualised total that would be worth as much, in the offer’s currency",
        ({ equivalentAnnualized, benchmark }, index) =>
          index === best ? "–" : money(equivalentAnnualized, benchmark.currency),
      ],
      ["Annualised", "In the offer’s currency", ({ benchmark }) => money(benchmark.annualized, benchmark.currency)],
      ["First year", "With the whole sign-on bonus", ({ benchmark }) => money(benchmark.firstYear, benchmark.currency)],
      [
        "Four years",
        `In ${currency}, at today’s value, without raises`,
        ({ fourYearValue }) => money(fourYearValue, currency),
      ],
      [
        "Percentile rank",
        "Among similar records in the place of the offer",
        ({ benchmark: { rank, measure } }) => (
          <>
            {Math.round(rank.rank)}%
            <small>
              {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%, {countOf(rank.count, "record")} by{" "}
              {words(measure).toLowerCase()}
            </small>
          </>
        ),
      ],
      [
        "Price level",
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
    <section className="card" aria-labelledby="comparison">
      <h2 id="comparison">Side by side</h2>
      <div className="table-scroll offer-comparison" tabIndex={0} role="region" aria-label="Offers side by side">
        <table style={{ "--offers": offers.length } as CSSProperties}>
          <thead>
            <tr>
              <td />
              {offers.map(({ benchmark }, index) => (
                <th key={index} scope="col">
                  {benchmark.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, description, cell]) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  <small>{description}</small>
                </th>
                {offers.map((offer, index) => (
                  <td key={index}>{cell(offer, index)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">
        Real value and percentile rank are different: what the money buys where you would live, and how the offer
        compares with others there. Neither includes taxes, and price levels are older than exchange rates.
        {new Set(offers.map(({ benchmark }) => benchmark.measure)).size > 1 &&
          " The ranks are of different measures, which other records report: do not compare them with each other."}
      </p>
    </section>
  );
}
