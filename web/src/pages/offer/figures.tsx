import { money } from "../../parts/format";
import type { BenchmarkFound } from "./benchmark-query";

/** What the offer comes to, each figure with what its name means. */
export function Figures({ found }: { found: BenchmarkFound }) {
  const { currency } = found;
  const market = found.measure === "BASE_SALARY" ? found.cohort.base : found.cohort.whole;
  const figures: readonly [name: string, figure: string, meaning: string][] = [
    ["Annualised", money(found.annualized, currency), "A usual year: base salary, target bonus, a quarter of the sign-on bonus, and a year’s part of the grant."],
    ["First year", money(found.firstYear, currency), "The same with the whole sign-on bonus, which comes once."],
    ["Four years", money(found.fourYearValue, currency), "All that is paid in four years, without raises; of the grant what vests by then."],
    ["Compa-ratio", found.compaRatio.toFixed(2), `The offer divided by the median of its market${market ? `, ${money(market.p50, currency)}` : ""}: 1 is the middle.`],
    [
      "Range penetration",
      `${Math.round(100 * found.rangePenetration)}%`.replace("-", "−"),
      `Where it lies in the middle half of its market${market ? `, ${money(market.p25, currency)} to ${money(market.p75, currency)}` : ""}: 0% at its low end, 100% at its high one.`,
    ],
  ];
  return (
    <div className="card">
      <h2>What it comes to</h2>
      <dl className="figures">
        {figures.map(([name, figure, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{figure}</dd>
            <dd className="quiet">{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
