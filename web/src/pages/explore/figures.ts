import { graphql } from "../../gql";
import type { FiguresFragment } from "../../gql/graphql";

export const Figures = graphql(`
  fragment Figures on Stats {
    unit
    count
    p10
    p25
    p50
    p75
    p90
    interval { low high }
    mean
    meanInterval { low high }
    confidence
  }
`);

export interface Middle {
  at: number;
  low: number;
  high: number;
  /** Whether there is an interval; without one, both ends are the figure itself. */
  sure: boolean;
}

/** The figure that stands for all: the median; of scores the mean, since their medians are whole numbers. */
export function middleOf({ unit, p50, interval, mean, meanInterval }: Pick<FiguresFragment, "unit" | "p50" | "interval" | "mean" | "meanInterval">): Middle {
  const [at, span] = unit === "SCORE_1_TO_5" ? [mean, meanInterval] : [p50, interval];
  return { at, low: span?.low ?? at, high: span?.high ?? at, sure: Boolean(span) };
}

/** What tables and downloads tell of figures. */
export function figureRow(figures: FiguresFragment) {
  const { at, low, high, sure } = middleOf(figures);
  const { unit, count, p10, p25, p75, p90 } = figures;
  const middle = unit === "SCORE_1_TO_5" ? "Mean" : "Median";
  return {
    Records: count,
    P10: p10,
    P25: p25,
    [middle]: at,
    P75: p75,
    P90: p90,
    [`${middle}, 95% from`]: sure ? low : null,
    [`${middle}, 95% to`]: sure ? high : null,
  };
}
