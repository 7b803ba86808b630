import { count } from "../../parts/format";
import { IntervalBar } from "../../parts/interval-bar";
import type { Reading } from "./claim";
import { sideOf, type Estimate } from "./estimate";
import { bareFigureOf, figureOf } from "./finding";
import "../../parts/rows.css";

/** The figures of a claim, each as a dot on its interval: a chart that is a table. */
export function Estimates({ reading: { estimates, unit, line = 0 }, caption }: { reading: Reading; caption: string }) {
  const ends = [line, ...estimates.flatMap(({ low, high }) => [low, high])];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = 0.04 * (most - least);
  return (
    <table className="rows estimates">
      <caption className="visually-hidden">{caption}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Value and records</th>
          <th scope="col">Picture</th>
          <th scope="col">Figure and 95% interval</th>
        </tr>
      </thead>
      <tbody>
        {estimates.map((estimate) => (
          <tr key={estimate.label} className={estimate.claimed ? undefined : "estimate-aside"}>
            <th scope="row">
              {estimate.label}
              <small>{count(estimate.records)} records</small>
            </th>
            <td>
              <IntervalBar {...placed(estimate)} from={least - room} to={most + room} line={line} tone={toneOf(estimate, line)} />
            </td>
            <td className="number">
              {figureOf(estimate.at, unit)}
              <small>
                {bareFigureOf(estimate.low, unit)} to {bareFigureOf(estimate.high, unit)}
              </small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function placed({ at, low, high }: Estimate) {
  return { at, low, high };
}

function toneOf(estimate: Estimate, line: number): "plain" | "good" | "bad" {
  const side = sideOf(estimate, line);
  if (!estimate.claimed || !side) return "plain";
  return side === estimate.claimed ? "good" : "bad";
}
