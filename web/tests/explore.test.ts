import { describe, expect, test } from "vitest";
import type { FiguresFragment } from "../src/gql/graphql";
import { scoreBins } from "../src/pages/explore/histogram";
import { centerOf, roundedFigure, shortFigure } from "../src/pages/explore/measures";
import { headline, plainText, tails } from "../src/pages/explore/sentence";

const figures: FiguresFragment = {
  unit: "MONEY_PER_YEAR",
  count: 1_200,
  p10: 61_234,
  p25: 80_000,
  p50: 100_000,
  p75: 130_456,
  p90: 180_000,
  interval: { low: 98_000, high: 102_000 },
  mean: 110_000,
  meanInterval: { low: 108_000, high: 112_000 },
  confidence: "HIGH",
};
const input = {
  label: "All records",
  size: 1_200,
  hasRole: false,
  figures,
  measure: "BASE_SALARY",
  currency: "USD",
} as const;

describe("the headline", () => {
  test.each([
    [
      "All records",
      false,
      "Half of all 1,200 records report a base salary between $80,000 and $130,500 a year; the median is $100,000.",
    ],
    [
      "Senior Machine Learning Engineers, United States",
      true,
      "Half of 1,200 Senior Machine Learning Engineers, United States, are paid a base salary between $80,000 and $130,500 a year; the median is $100,000.",
    ],
    [
      "Data analytics",
      true,
      "Data analytics: half of 1,200 records report a base salary between $80,000 and $130,500 a year; the median is $100,000.",
    ],
  ])("of %s", (label, hasRole, text) => {
    expect(plainText(headline({ ...input, label, hasRole }))).toBe(text);
  });

  test("does not claim all records for a measure that only some report", () => {
    expect(plainText(headline({ ...input, size: 5_000 }))).toMatch(/^Half of 1,200 records report a base salary/);
  });

  test("of a score names its mean", () => {
    const score = { ...figures, unit: "SCORE_1_TO_5" as const, mean: 3.456 };
    expect(plainText(headline({ ...input, figures: score, measure: "JOB_SATISFACTION" }))).toBe(
      "All records: job satisfaction is scored 3.46 of 5 on average, by 1,200 records.",
    );
  });

  test("names the tails if they are not suppressed", () => {
    const text = tails(figures, "USD");
    expect(text && plainText(text)).toBe("One in ten is below $61,230, one in ten above $180,000.");
    const fromZero = tails({ ...figures, p10: 0 }, "USD");
    expect(fromZero && plainText(fromZero)).toBe("One in ten is above $180,000.");
    expect(tails({ ...figures, p90: null }, "USD")).toBeNull();
  });
});

test("the center is the median, of scores the mean", () => {
  expect(centerOf(figures)).toEqual({ value: 100_000, low: 98_000, high: 102_000, hasInterval: true });
  expect(centerOf({ ...figures, unit: "SCORE_1_TO_5" }).value).toBe(110_000);
  expect(centerOf({ ...figures, interval: null })).toEqual({
    value: 100_000,
    low: 100_000,
    high: 100_000,
    hasInterval: false,
  });
});

test("figures are rounded for sentences and axes", () => {
  expect(roundedFigure(123_456, "MONEY_PER_YEAR", "USD")).toBe("$123,500");
  expect(roundedFigure(4.26, "PERCENT", "USD")).toBe("4.3%");
  expect(shortFigure(123_456, "MONEY_PER_YEAR", "USD")).toBe("$123K");
  expect(shortFigure(4.256, "PERCENT", "USD")).toBe("4.26%");
  expect(shortFigure(3, "SCORE_1_TO_5", "USD")).toBe("3");
});

test("each score has a bin, with the records outside of the bins at the ends", () => {
  const bins = [
    { low: 2, high: 2.5, count: 10 },
    { low: 2.5, high: 3, count: 0 },
    { low: 3, high: 4, count: 20 },
    { low: 4, high: 5, count: 30 },
  ];
  expect(scoreBins({ bins, below: 3, above: 5 }).map(({ count }) => count)).toEqual([3, 10, 20, 30, 5]);
});
