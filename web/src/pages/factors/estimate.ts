/** One figure of a claim: how far a value is from what it is held against, with its 95% interval. */
export interface Estimate {
  label: string;
  at: number;
  low: number;
  high: number;
  records: number;
  /** Where the claim says that it lies; null where the claim is silent and it is told for completeness. */
  claimed: Direction | null;
}

export type Direction = "above" | "below";

/** Which side of the line an interval lies on; null where it holds the line, so that the records do not tell. */
export function sideOf({ low, high }: { low: number; high: number }, line: number): Direction | null {
  if (low > line) return "above";
  return high < line ? "below" : null;
}

interface Told {
  at: number;
  low: number;
  high: number;
}

/** How far one figure is from another, taken from other records; both intervals count. */
export function difference(one: Told, other: Told): Told {
  const at = one.at - other.at;
  const half = Math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2);
  return { at, low: at - half, high: at + half };
}

/** By how many percent one amount is more than another; intervals count as they do on a logarithmic scale. */
export function growth(later: Told, earlier: Told, years: number): Told {
  const { at, low, high } = difference(logarithm(later), logarithm(earlier));
  const percent = (log: number) => 100 * Math.expm1(log / years);
  return { at: percent(at), low: percent(low), high: percent(high) };
}

function logarithm({ at, low, high }: Told): Told {
  return { at: Math.log(at), low: Math.log(low), high: Math.log(high) };
}
