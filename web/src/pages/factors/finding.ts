import { count, signedPercent } from "../../parts/format";
import type { Reading } from "./claim";

/** A figure of a reading: +4.3%, or −0.12 points. */
export function figureOf(value: number, unit: Reading["unit"]): string {
  const figure = bareFigureOf(value, unit);
  return unit === "percent" ? figure : `${figure} points`;
}

/** The same without saying what it is counted in, for where that was just said. */
export function bareFigureOf(value: number, unit: Reading["unit"]): string {
  const digits = unit === "score" ? 2 : 1;
  const rounded = Number(value.toFixed(digits)) || 0; // no negative zero
  return unit === "percent" ? signedPercent(rounded) : `${rounded < 0 ? "−" : "+"}${Math.abs(rounded).toFixed(digits)}`;
}

/** What the records say of a claim, in one sentence. */
export function findingOf({ estimates, unit, against }: Reading): string {
  const claimed = estimates.filter((estimate) => estimate.claimed).toSorted((a, b) => a.at - b.at);
  const [least, most] = [claimed[0], claimed.at(-1)];
  if (!least || !most) return `Held against ${against}.`;
  const figure = (value: number) => figureOf(value, unit);
  if (least === most) {
    return `${most.label}: ${figure(most.at)} against ${against} (95% interval ${figure(most.low)} to ${figure(most.high)}, ${count(most.records)} records).`;
  }
  return `From ${figure(least.at)} (${least.label}) to ${figure(most.at)} (${most.label}) against ${against}.`;
}
