import { describe, expect, test } from "vitest";
import {
  guessUnit,
  isUnusual,
  missingAnswers,
  numberAnswer,
  validationErrors,
  warningsFor,
  withoutMessage,
} from "../src/pages/contribute/checks";
import { type Answers, earliestMonth, emptyAnswers, REQUIRED, thisMonth } from "../src/pages/contribute/questions";

function answers(part: Partial<Answers>): Answers {
  return { ...emptyAnswers(), ...part };
}

describe("units", () => {
  const typical = { p10: 60_000, p90: 120_000 };

  test.each([
    [7_500, "pay for a month", 90_000],
    [3_300, "pay for two weeks", 85_800],
    [1_650, "pay for a week", 85_800],
    [41, "pay for an hour", 85_280],
    [85, "thousands", 85_000],
  ])("%d looks like %s", (amount, unit, yearly) => {
    expect(guessUnit(amount, typical)).toEqual({ unit, yearly });
  });

  test("plausible amounts have no other unit", () => {
    expect(guessUnit(30_000, typical)).toBeNull();
    expect(guessUnit(500_000, typical)).toBeNull();
    expect(guessUnit(0.01, typical)).toBeNull();
  });

  test.each([
    [29_999, true],
    [30_000, false],
    [240_000, false],
    [240_001, true],
  ])("whether %d is unusual: %s", (amount, unusual) => {
    expect(isUnusual(amount, typical)).toBe(unusual);
  });
});

test("valid answers have no errors", () => {
  const valid = { experience: "12", baseSalary: "190k", bonus: "0", equity: "", effective: thisMonth() };
  expect(validationErrors(answers(valid))).toEqual({});
});

test("pay of a year ago has no error, earlier pay has", () => {
  expect(earliestMonth(new Date("2026-11-30"))).toBe("2025-11");
  expect(earliestMonth(new Date("2028-02-29"))).toBe("2027-02");
  expect(validationErrors(answers({ effective: earliestMonth() }))).toEqual({});
  const earlier = earliestMonth(new Date(`${earliestMonth()}-15`));
  expect(Object.keys(validationErrors(answers({ effective: earlier })))).toEqual(["effective"]);
});

test.each([
  [{ experience: "61" }, "experience"],
  [{ experience: "1.5" }, "experience"],
  [{ competingOffers: "21" }, "competingOffers"],
  [{ baseSalary: "0" }, "baseSalary"],
  [{ bonus: "much" }, "bonus"],
  [{ effective: "2026" }, "effective"],
  [{ effective: "2999-01" }, "effective"],
  [{ employer: "x".repeat(121) }, "employer"],
])("%j is an error of its question only", (part, name) => {
  expect(Object.keys(validationErrors(answers(part)))).toEqual([name]);
});

test("required questions without an answer have a message", () => {
  const prefilled = new Set(["effective"]);
  expect(new Set(Object.keys(missingAnswers(emptyAnswers())))).toEqual(
    new Set([...REQUIRED].filter((name) => !prefilled.has(name))),
  );
  expect(Object.keys(missingAnswers(answers({ role: "data-scientist", level: "senior" })))).not.toContain("role");
});

test.each([
  [{ level: "principal", experience: "4" }, ["level"]],
  [{ level: "entry", experience: "11" }, ["level"]],
  [{ level: "principal", experience: "5" }, []],
  [{ baseSalary: "100k", bonus: "100,001" }, ["bonus"]],
  [{ baseSalary: "100k", equity: "500,001" }, ["equity"]],
  [{ baseSalary: "100k", bonus: "100k", equity: "500k" }, []],
])("%j has warnings at %j", (part, names) => {
  expect(Object.keys(warningsFor(answers(part)))).toEqual(names);
});

test("a message is removed without changing the others", () => {
  expect(withoutMessage({ role: "a", level: "b" }, "role")).toEqual({ level: "b" });
});

test("numbers are read from answers", () => {
  expect(numberAnswer(answers({ baseSalary: "95,000" }), "baseSalary")).toBe(95_000);
  expect(numberAnswer(answers({ baseSalary: "" }), "baseSalary")).toBeNull();
});
