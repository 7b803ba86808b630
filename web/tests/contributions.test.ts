import { expect, test } from "vitest";
import { csvRow, figureOf, tableOf, tableWith } from "../src/components/contributed-tables";
import { employersText, enoughContributors, releasesText } from "../src/components/contribution-rules";
import { statusText } from "../src/pages/receipt/status-text";

const RULES = {
  invitationRequired: false,
  classSize: 7,
  employerClasses: false,
  releaseDays: 28,
  nextRelease: "2026-12-21T12:00:00+00:00",
};

test.each([
  [28, "every 28 days; the next one is due on 21 December 2026."],
  [1, "every day; the next one is due on 21 December 2026."],
  [1.5, "every 1.5 days; the next one is due on 21 December 2026."],
  [0.5, "every 12 hours; the next one is due on 21 December 2026 at "],
  [1 / 24, "every hour; the next one is due on 21 December 2026 at "],
  [1 / 24 / 60, "every minute; the next one is due on 21 December 2026 at "],
  [0.000001, "every 0.09 seconds; the next one is due on 21 December 2026 at "],
])("releases of %f days", (releaseDays, expected) => {
  expect(releasesText({ ...RULES, releaseDays })).toContain(`Releases come ${expected}`);
});

test("without releases or rules no date is named", () => {
  expect(releasesText({ ...RULES, releaseDays: 0, nextRelease: null })).toBe(
    "This service makes no releases at present.",
  );
  expect(releasesText(undefined)).toBe("Releases come at regular intervals.");
});

test("the class size and the employer classes are those of the service", () => {
  expect([enoughContributors(RULES), enoughContributors(undefined)]).toEqual([
    "at least 7 contributors",
    "enough contributors",
  ]);
  expect(employersText(RULES)).toBe("No published record has an employer or a place within the country.");
  expect(employersText({ ...RULES, employerClasses: true })).toContain("also publishes the employer or the metro area");
});

test("a status says what it depends on", () => {
  const text = (status: "RECEIVED" | "WAITING", employerClasses = false) =>
    statusText({ status, publishedIn: null }, { ...RULES, employerClasses });
  expect(text("RECEIVED")).toContain(
    "if at least 7 contributors share its role, level and country. Releases come every",
  );
  expect(text("RECEIVED", true)).toContain("share its employer, role family, level and country.");
  expect(text("WAITING")).toContain("fewer than 7 contributors share its role, level and country");
});

test.each([
  ["2027-11-30T12:00:00Z", "Its records stay until 1 December 2027 at the latest"],
  ["2027-12-02T12:00:00Z", "Its records were due to be removed with the first release after 1 December 2027."],
])("at %s a publication of 24 months before is described", (now, expected) => {
  const published = { status: "PUBLISHED" as const, publishedIn: { number: 3, publishedAt: "2025-12-01T12:00:00Z" } };
  const text = statusText(published, RULES, new Date(now));
  expect(text).toContain("in edition 3 on 1 December 2025");
  expect(text).toContain(expected);
});

const ROW = {
  value: { code: "research", label: "Research and science" },
  contributors: 750,
  premiumPercent: null,
  premiumInterval: null,
  mean: 0.4251,
  meanInterval: { low: 0.4, high: 0.45 },
  records: null,
  median: null,
  medianInterval: null,
};

test.each([
  ["JOB_SATISFACTION", "0.43", "Mean (1 to 5)"],
  ["NEGOTIATION_UPLIFT", "0.4%", "Mean (%)"],
  ["COMPETING_OFFERS", "42.5%", "Share (0 to 1)"],
  ["WORK_MODE", "+0.4%", "Premium (%)"],
])("a figure of %s is shown as %s", (id, shown, column) => {
  const table = tableOf(id);
  expect(table.figure?.text(figureOf(ROW)?.value ?? 0)).toBe(shown);
  expect(csvRow(ROW, table)).toEqual({
    [table.rows]: "Research and science",
    "Contributors (about)": 750,
    [column]: 0.4251,
    [`${column}, 95% CI low`]: 0.4,
    [`${column}, 95% CI high`]: 0.45,
  });
  expect(tableWith(table.variables)).toBe(table);
});

test("a world median without an interval is shown with its records", () => {
  const table = tableOf("BASE_SALARY");
  const row = { ...ROW, mean: null, meanInterval: null, records: 12, median: 108_000 };
  expect(table.figure?.text(figureOf(row)?.value ?? 0)).toBe("$108,000");
  expect(csvRow(row, table)).toEqual({
    "Role family": "Research and science",
    "Contributors (about)": 750,
    Records: 12,
    "Median (US dollars)": 108_000,
    "Median (US dollars), 95% CI low": null,
    "Median (US dollars), 95% CI high": null,
  });
  expect(tableWith(table.variables)).toBe(table);
});

test("numbers of contributors have no other figure", () => {
  const table = tableOf("CONTRIBUTORS");
  expect(csvRow(ROW, table)).toEqual({ Country: "Research and science", "Contributors (about)": 750 });
  expect(tableOf("no table")).toBe(tableOf("WORK_MODE"));
});
