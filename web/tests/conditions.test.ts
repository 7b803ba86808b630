import { describe, expect, test } from "vitest";
import {
  type Condition,
  cohortFilter,
  conditionOf,
  conditionsOf,
  FILTER_FIELDS,
  fieldOf,
  rangeText,
  withCondition,
  writeConditions,
} from "../src/components/conditions";

const role: Condition = { field: "role", values: ["data-scientist", "data-analyst"], mode: "any" };
const skill: Condition = { field: "skill", values: ["python", "sql"], mode: "all" };
const experience: Condition = { field: "experience", values: ["4", ""], mode: "any" };
const effective: Condition = { field: "effective", values: ["", "2024-06"], mode: "any" };
const level: Condition = { field: "level", values: ["senior", "staff"], mode: "any" };

describe("the URL", () => {
  const query = "role=data-scientist,data-analyst&skill=all:python,sql&experience=4..&effective=..2024-06";

  test("has the conditions in their order", () => {
    expect(conditionsOf(new URLSearchParams(query))).toEqual([role, skill, experience, effective]);
  });

  test("is written as it is read", () => {
    const params = new URLSearchParams();
    writeConditions(params, [role, skill, experience, effective]);
    expect(decodeURIComponent(params.toString())).toBe(query);
  });

  test.each(["unknown=1", "role=", "experience=4", "experience=a..b", "experience=..", "effective=2024..2025"])(
    "ignores %s",
    (text) => {
      expect(conditionsOf(new URLSearchParams(text))).toEqual([]);
    },
  );

  test("uses the first of repeated fields", () => {
    expect(conditionsOf(new URLSearchParams("level=senior&level=staff"))).toEqual([
      { field: "level", values: ["senior"], mode: "any" },
    ]);
  });
});

test("conditions become the API's filter", () => {
  expect(cohortFilter([role, skill, experience, effective, level])).toEqual({
    experience: { min: 4, max: null },
    effective: { from: null, to: "2024-06" },
    match: [
      { factor: "ROLE", any: ["data-scientist", "data-analyst"] },
      { factor: "SKILL", all: ["python", "sql"] },
      { factor: "LEVEL", any: ["senior", "staff"] },
    ],
  });
});

test.each([
  ["EXPERIENCE", "4-to-6", "experience", ["4", "6"]],
  ["EXPERIENCE", "20-plus", "experience", ["20", ""]],
  ["COMPETING_OFFERS", "1", "competingOffers", ["1", "1"]],
  ["YEAR", "2026", "effective", ["2026-01", "2026-12"]],
  ["QUARTER", "2026-q3", "effective", ["2026-07", "2026-09"]],
  ["COUNTRY", "us", "country", ["us"]],
] as const)("the value %s %s becomes a condition", (factor, code, field, values) => {
  expect(conditionOf(factor, code)).toEqual({ field, values, mode: "any" });
});

test("a condition is replaced in place, appended or removed", () => {
  const senior: Condition = { field: "level", values: ["senior"], mode: "any" };
  expect(withCondition([level, role], "level", senior)).toEqual([senior, role]);
  expect(withCondition([role], "level", senior)).toEqual([role, senior]);
  expect(withCondition([role, level], "role", null)).toEqual([level]);
});

test.each([
  ["experience", ["4", "6"], "4 to 6 years"],
  ["experience", ["20", ""], "from 20 years"],
  ["experience", ["", "3"], "up to 3 years"],
  ["experience", ["5", "5"], "5 years"],
  ["competingOffers", ["1", "2"], "1 to 2"],
  ["effective", ["2026-01", "2026-12"], "2026"],
  ["effective", ["2025-07", "2026-06"], "2025-07 to 2026-06"],
] as const)("the range of %s %j is “%s”", (name, values, text) => {
  const field = FILTER_FIELDS.find((one) => one.name === name);
  expect(field && rangeText(field, { field: name, values, mode: "any" })).toBe(text);
});

test("each factor has one field", () => {
  const factors = FILTER_FIELDS.map(({ factor }) => factor);
  expect(new Set(factors).size).toBe(factors.length);
  for (const field of FILTER_FIELDS) expect(fieldOf(field.factor)).toBe(field);
  expect(fieldOf("QUARTER").name).toBe("effective");
});
