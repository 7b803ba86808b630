import { expect, test } from "vitest";
import { markProblem, parseAmount, parseWhole, readAs } from "../src/components/amount";

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
  ["160 k", 160_000],
  ["160k€", 160_000],
  ["160K EUR", 160_000],
  ["$160,000", 160_000],
  ["160.000", 160_000],
  ["€95.000,50", 95_000.5],
  ["95.000,50 €", 95_000.5],
  ["190\u00a0000", 190_000],
  ["190\u202f000,00 EUR", 190_000],
  ["US$ 120k", 120_000],
  ["kr 650 000", 650_000],
  ["12,34,567", 1_234_567],
  ["₹12,00,000.50", 1_200_000.5],
  ["CHF 120'000", 120_000],
])("parses the amount %s", (text, amount) => {
  expect(parseAmount(text)).toBe(amount);
});

test.each([
  "",
  "a lot",
  "1,2345",
  "12.3456",
  "-5",
  "k",
  "5kk",
  "190 00",
  "1 2 3",
  "160,000k",
  "$1€",
  "1.234k",
  "1.200,5k",
  "1e6",
  "95,000-105,000",
  "95.000,00,00",
])("rejects %j as an amount", (text) => {
  expect(parseAmount(text)).toBeNaN();
});

test("parses whole numbers without separators only", () => {
  expect(parseWhole(" 12 ")).toBe(12);
  expect(parseWhole("0")).toBe(0);
  for (const text of ["", "1.5", "1,000", "-1", "1234567"]) expect(parseWhole(text)).toBeNaN();
});

test("an amount is shown as it is read", () => {
  expect(readAs("160k", "USD")).toBe("Read as $160,000.");
  expect(readAs("€95.000,50", "EUR")).toBe("Read as €95,000.50.");
  expect(readAs("a lot", "EUR")).toBe("");
  expect(readAs("95000", "")).toBe("");
});

test.each([
  ["$160,000", "USD"],
  ["$160,000", "CAD"],
  ["CA$160,000", "CAD"],
  ["US$160,000", "USD"],
  ["95.000 €", "EUR"],
  ["eur 95000", "EUR"],
  ["650 000 kr", "SEK"],
  ["10 000 zł", "PLN"],
  ["160k", "USD"],
  ["160 k", "EUR"],
])("%s is an amount in %s", (text, currency) => {
  expect(markProblem(text, currency)).toBe("");
});

test.each([
  ["$95,000", "EUR"],
  ["€95,000", "USD"],
  ["95000 EUR", "USD"],
  ["US$95,000", "CAD"],
])("%s is no amount in %s", (text, currency) => {
  expect(markProblem(text, currency)).toMatch(new RegExp(`the currency is ${currency}`));
});
