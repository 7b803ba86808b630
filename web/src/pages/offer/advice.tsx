import { count, money, signedPercent } from "../../parts/format";
import type { BenchmarkFound } from "./benchmark-query";

/** What could be asked for, and why. */
export function Advice({ found: { negotiation, rank, currency } }: { found: BenchmarkFound }) {
  const { target, stretch, reasons, typicalUplift } = negotiation;
  const more = (amount: number) => (amount > rank.amount ? `${signedPercent(100 * (amount / rank.amount - 1))} on the offer` : "what is offered already");
  return (
    <div className="card">
      <h2>What to ask for, and why</h2>
      <dl className="figures">
        <div>
          <dt>Target</dt>
          <dd className="figure">{money(target, currency)}</dd>
          <dd className="quiet">{more(target)}</dd>
        </div>
        <div>
          <dt>Stretch</dt>
          <dd className="figure">{money(stretch, currency)}</dd>
          <dd className="quiet">{more(stretch)}</dd>
        </div>
        {typicalUplift && (
          <div>
            <dt>What negotiating adds</dt>
            <dd className="figure">{signedPercent(typicalUplift.p50)}</dd>
            <dd className="quiet">
              to first offers, at the median of {count(typicalUplift.count)} records
              {typicalUplift.interval && ` (95% interval ${signedPercent(typicalUplift.interval.low)} to ${signedPercent(typicalUplift.interval.high)})`}
            </dd>
          </div>
        )}
      </dl>
      <ul className="reasons">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}
