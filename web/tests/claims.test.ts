import { describe, expect, test } from "vitest";
import {
  bySection,
  difference,
  type Estimate,
  type Evidence,
  estimateText,
  extentOf,
  gapOf,
  growth,
  shortEstimateText,
  sideOf,
  summaryOf,
  verdictOf,
} from "../src/pages/factors/claim";
import { hubComparison, industryComparison, sentenceOf } from "../src/pages/factors/official-comparison";
import type { Scope } from "../src/pages/factors/scope";

function estimate(low: number, high: number, predicted: Estimate["predicted"] = "above"): Estimate {
  return { label: "Remote", value: (low + high) / 2, low, high, records: 1_234, predicted };
}

function evidence(estimates: readonly Estimate[], rest: Partial<Evidence> = {}): Evidence {
  return { estimates, unit: "percent", baseline: "On site", ...rest };
}

describe("verdicts", () => {
  test.each<[string, Evidence, string]>([
    ["whole intervals on the predicted side", evidence([estimate(1, 3), estimate(0.1, 5)]), "supported"],
    ["one interval that contains zero", evidence([estimate(1, 3), estimate(-1, 5)]), "partly supported"],
    ["a missing value", evidence([estimate(1, 3)], { missing: ["phd"] }), "partly supported"],
    ["an interval that contains zero", evidence([estimate(-1, 3)]), "not supported"],
    ["an interval on the other side", evidence([estimate(-3, -1)]), "not supported"],
    ["a negative prediction", evidence([estimate(-3, -1, "below")]), "supported"],
    ["an interval that ends at zero", evidence([estimate(0, 3)]), "not supported"],
    ["an interval around the threshold", evidence([estimate(4, 8)], { threshold: 5 }), "not supported"],
    ["an interval above the threshold", evidence([estimate(5.1, 8)], { threshold: 5 }), "supported"],
    ["no estimates", evidence([]), "not enough data"],
    ["estimates without a prediction", evidence([estimate(1, 3, null)]), "not enough data"],
    ["an estimate without a prediction beside one", evidence([estimate(1, 3), estimate(-3, -1, null)]), "supported"],
  ])("%s", (_, given, verdict) => {
    expect(verdictOf(given)).toBe(verdict);
  });

  test.each([
    [1, 2, "above"],
    [-2, -1, "below"],
    [-1, 1, null],
    [0, 1, null],
  ])("the interval from %d to %d is %s zero", (low, high, side) => {
    expect(sideOf({ low, high }, 0)).toBe(side);
  });
});

describe("how far the records answer a claim", () => {
  test.each<[string, Evidence, string]>([
    ["all its values", evidence([estimate(1, 3), estimate(-1, 5)]), "whole"],
    ["some of its values", evidence([estimate(-1, 3)], { missing: ["phd"] }), "half"],
    ["none of its values", evidence([], { missing: ["phd"] }), "none"],
    ["other values only", evidence([estimate(1, 3, null)], { missing: ["remote"] }), "none"],
  ])("%s", (_, given, extent) => {
    expect(extentOf(given)).toBe(extent);
  });

  test("a gap is what none of its needs is reported for", () => {
    const gaps = { equityByType: "Load one.", career: "Nobody reports it." };
    expect(gapOf({ needs: ["career"] }, gaps)).toBe("Nobody reports it.");
    expect(gapOf({ needs: ["equityByType", "career"] }, gaps)).toBe("Load one.");
    expect(gapOf({ needs: ["employerType", "equityByType"] }, gaps)).toBeUndefined();
    expect(gapOf({ needs: ["pay"] }, gaps)).toBeUndefined();
  });

  test("claims are sorted by it, otherwise in their order", () => {
    const extents = { a: "none", b: "whole", c: "half", d: "whole" } as const;
    const letters = ["a", "b", "c", "d"] as const;
    expect(bySection(letters, (letter) => extents[letter])).toEqual(["whole", "b", "d", "half", "c", "none", "a"]);
    expect(bySection(["b", "d"] as const, (letter) => extents[letter])).toEqual(["whole", "b", "d"]);
  });
});

test("half-widths of a difference add up in quadrature", () => {
  const result = difference({ value: 10, low: 7, high: 13 }, { value: 4, low: 0, high: 8 });
  expect(result).toEqual({ value: 6, low: 1, high: 11 });
});

test("growth is per year, on a log scale", () => {
  const exact = growth({ value: 121, low: 121, high: 121 }, { value: 100, low: 100, high: 100 }, 2);
  expect(exact.value).toBeCloseTo(10, 10);
  expect(exact.low).toBeCloseTo(10, 10);
  const { value, low, high } = growth({ value: 110, low: 100, high: 121 }, { value: 100, low: 100, high: 100 }, 1);
  expect([value, low, high].map((one) => Number(one.toFixed(6)))).toEqual([10, 0, 21]);
});

test.each([
  [4.26, "percent", "+4.3%", "+4.3%"],
  [-0.84, "percent", "−0.8%", "−0.8%"],
  [-0.04, "percent", "+0.0%", "+0.0%"],
  [-0.124, "score", "−0.12 points", "−0.12"],
  [3, "points", "+3.0 points", "+3.0"],
] as const)("%d %s is %s", (value, unit, text, short) => {
  expect(estimateText(value, unit)).toBe(text);
  expect(shortEstimateText(value, unit)).toBe(short);
});

test("a summary names one estimate with its interval, or the range of several", () => {
  expect(summaryOf(evidence([estimate(1, 3)]))).toBe(
    "Remote: +2.0% compared with On site (95% CI: +1.0% to +3.0%, 1,234 records).",
  );
  const senior = { ...estimate(9, 11), label: "Senior" };
  expect(summaryOf(evidence([senior, estimate(1, 3)]))).toBe(
    "From +2.0% (Remote) to +10.0% (Senior) compared with On site.",
  );
  expect(summaryOf(evidence([estimate(1, 3, null)]))).toBe("Compared with On site.");
});

describe("official wages of a claim", () => {
  const metro = (code: string) => ({ code, label: code.toUpperCase() });
  const scope: Scope = {
    country: null,
    measure: "BASE_SALARY",
    size: 100,
    records: 100,
    home: { code: "us", label: "United States" },
    hubs: [metro("a"), metro("b"), metro("c")],
    typicalMetro: metro("d"),
    typicalIndustry: null,
    lowestExperience: null,
    cautions: [],
    gaps: {},
  };
  const wage = (code: string | null, p50: number | null) => ({
    occupation: "Data Scientists",
    areaCode: "0000000",
    place: code ? metro(code) : null,
    naicsCode: code === "d" ? "000000" : "51",
    industry: code ? metro(code) : null,
    p50,
    source: { label: "BLS", url: null },
  });

  test("medians of hubs are compared with the typical area; those not released are left out", () => {
    const comparison = hubComparison(scope);
    const wages = [wage(null, 1), wage("b", 90_000), wage("c", null), wage("a", 125_000), wage("d", 100_000)];
    expect(comparison && sentenceOf(wages, comparison)).toBe("Data Scientists: A +25.0%, B −10.0%");
    expect(comparison && sentenceOf(wages.slice(0, 4), comparison)).toBeNull();
  });

  test("they cover the United States only", () => {
    expect(hubComparison({ ...scope, home: metro("de") })).toBeNull();
    expect(hubComparison({ ...scope, typicalMetro: null })).toBeNull();
    expect(industryComparison({ ...scope, country: "de" })).toBeNull();
    expect(industryComparison({ ...scope, country: "us" })).not.toBeNull();
  });
});
