import { expect, test } from "vitest";
import {
  count,
  countOf,
  figure,
  money,
  ordinal,
  share,
  shortMoney,
  signedPercent,
  words,
} from "../src/components/format";

test("numbers have separators and no decimals", () => {
  expect(count(1_234_567.8)).toBe("1,234,568");
  expect(countOf(1, "record")).toBe("1 record");
  expect(countOf(1_200, "record")).toBe("1,200 records");
  expect(money(123_456.5, "USD")).toBe("$123,457");
  expect(money(98_000, "EUR")).toBe("€98,000");
});

test("short amounts have three significant digits", () => {
  expect(shortMoney(123_456, "USD")).toBe("$123K");
  expect(shortMoney(1_234_567, "USD")).toBe("$1.23M");
});

test("figures have their unit", () => {
  expect(figure(1_234.5, "MONEY_PER_YEAR", "USD")).toBe("$1,235");
  expect(figure(4.25, "PERCENT", "USD")).toBe("4.3%");
  expect(figure(3.456, "SCORE_1_TO_5", "USD")).toBe("3.46");
});

test("percentages have a sign", () => {
  expect(signedPercent(4.26)).toBe("+4.3%");
  expect(signedPercent(-0.8)).toBe("−0.8%");
  expect(signedPercent(12.34, 0)).toBe("+12%");
});

test("small shares are not rounded to zero", () => {
  expect(share(0.43)).toBe("43%");
  expect(share(0.004)).toBe("under 1%");
  expect(share(0)).toBe("0%");
});

test.each([
  [1, "1st"],
  [2, "2nd"],
  [3.4, "3rd"],
  [11, "11th"],
  [12.6, "13th"],
  [22, "22nd"],
  [100, "100th"],
])("the ordinal of %d is %s", (value, text) => {
  expect(ordinal(value)).toBe(text);
});

test("codes become words", () => {
  expect(words("machine-learning")).toBe("Machine learning");
  expect(words("MACHINE_LEARNING")).toBe("Machine learning");
});
