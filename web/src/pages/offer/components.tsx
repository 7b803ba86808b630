import { count, money, words } from "../../parts/format";
import { IntervalBar } from "../../parts/interval-bar";
import type { BenchmarkFound } from "./benchmark-query";
import "../../parts/rows.css";

/** Each part of the offer against the same part of others. */
export function Components({ found: { components, currency } }: { found: BenchmarkFound }) {
  return (
    <div className="card">
      <h2>Part by part</h2>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Part, a year</th>
            <th scope="col">
              <span className="visually-hidden">From 0 to 100%</span>
            </th>
            <th scope="col" className="number">
              Above
            </th>
          </tr>
        </thead>
        <tbody>
          {components.map(({ measure, amount, rank }) => (
            <tr key={measure}>
              <th scope="row">
                {words(measure)}
                <small>{money(amount, currency)}</small>
              </th>
              <td>{rank && <IntervalBar at={rank.rank} low={rank.interval.low} high={rank.interval.high} from={0} to={100} line={50} />}</td>
              <td className="number">
                {rank ? (
                  <>
                    {Math.round(rank.rank)}%
                    <small>
                      {Math.round(rank.interval.low)}% to {Math.round(rank.interval.high)}%
                    </small>
                    <small>{count(rank.count)} records</small>
                  </>
                ) : (
                  <small>Too few records tell it</small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        These never add up or average to the rank of the whole: each part is ranked among other records, in another order. The bonus takes in a quarter
        of the sign-on bonus.
      </p>
    </div>
  );
}
