/** Pay that other people of the same work and country tell of: all but the lowest and the highest tenth lie within. */
export interface Usual {
  p10: number;
  p90: number;
}

export interface Reading {
  /** What the amount looks like. */
  as: string;
  /** What it comes to a year then. */
  yearly: number;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["pay for a month", 12],
  ["pay for two weeks", 26],
  ["pay for a week", 52],
  ["thousands", 1_000],
  ["pay for an hour", 2_080],
];
const FAR = 2; // times below P10 or above P90: nearer than that people simply differ

/** What an amount may be instead of a year's pay: the reading that comes nearest to the middle, if one is usual. */
export function likelyUnit(amount: number, { p10, p90 }: Usual): Reading | null {
  if (amount >= p10 / FAR) return null;
  const middle = Math.log(p10 * p90) / 2;
  const far = ({ yearly }: Reading) => Math.abs(Math.log(yearly) - middle);
  const readings = UNITS.map(([as, times]) => ({ as, yearly: amount * times })).filter(({ yearly }) => yearly >= p10 / FAR && yearly <= p90 * FAR);
  return readings.toSorted((a, b) => far(a) - far(b))[0] ?? null;
}

/** Whether an amount is so far from what is usual that a second look is worth it. */
export function isFar(amount: number, { p10, p90 }: Usual): boolean {
  return amount < p10 / FAR || amount > p90 * FAR;
}
