import { expect, test } from "vitest";
import { parseAmount, parseWhole } from "../src/components/amount";

test.each([
  ["190000", 190_000],
  ["190,000", 190_000],
  ["190 000", 190_000],
  ["190'000", 190_000],
  ["95.000", 95_000],
  ["1,234.50", 1_234.5],
  ["1.234,50", 1_234.5],
  ["1,234,567", 1_234_567],
  ["12.5", 12.5],
  ["12,50", 12.5],
  ["190k", 190_000],
  ["1.5K", 1_500],
])("parses the amount %s", (text, amount) => {
  expect(parseAmount(text)).toBe(amount);
});

test.each(["", "a lot", "1,23,456", "12.3456", "-5", "k", "5kk"])("rejects %j as an amount", (text) => {
  expect(parseAmount(text)).toBeNaN();
});

test("parses whole numbers without separators only", () => {
  expect(parseWhole(" 12 ")).toBe(12);
  expect(parseWhole("0")).toBe(0);
  for (const text of ["", "1.5", "1,000", "-1", "1234567"]) expect(parseWhole(text)).toBeNaN();
});
