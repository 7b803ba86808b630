import { describe, expect, test } from "vitest";
import { filteredBy, groupingOf } from "../src/pages/explore/grouping";
import { paramsOf as exploreParams, viewOf } from "../src/pages/explore/view";
import { NEW_OFFER, offerInput, offersOf, paramsOf, problemsOf } from "../src/pages/offer/offers";
import { normalizeReceipt, receiptError } from "../src/pages/receipt/receipt";

describe("Explore", () => {
  const view = (query: string) => viewOf(new URLSearchParams(query));

  test("has defaults that are not part of the URL", () => {
    expect(view("")).toMatchObject({ measure: "BASE_SALARY", currency: "USD", adjust: "NONE", interval: "QUARTER" });
    expect(exploreParams(view("")).toString()).toBe("");
  });

  test("keeps every part of the view in the URL", () => {
    const query =
      "level=senior&measure=total-cash&currency=EUR&adjust=cost-of-living&by=work-mode&under=&and=role&pay=150000&interval=year&order=base-salary&direction=asc&after=abc";
    expect(exploreParams(view(query)).toString()).toBe(query);
  });

  test("falls back to defaults for invalid values", () => {
    expect(view("measure=nonsense&currency=dollars&by=nothing&interval=week")).toEqual(view(""));
  });

  test("groups by the first factor without a filter", () => {
    expect(groupingOf(view(""))).toEqual({ by: "ROLE", under: null });
    expect(groupingOf(view("role=data-scientist"))).toEqual({ by: "LEVEL", under: null });
  });

  test("groups a single filtered value by its children", () => {
    expect(groupingOf(view("by=role&role=machine-learning"))).toEqual({ by: "ROLE", under: "machine-learning" });
    expect(groupingOf(view("by=role&role=machine-learning&under="))).toEqual({ by: "ROLE", under: null });
    expect(groupingOf(view("by=role&role=a,b"))).toEqual({ by: "ROLE", under: null });
    expect(groupingOf(view("by=skill&skill=none:python"))).toEqual({ by: "SKILL", under: null });
  });

  test("filters by a value and goes on with its children", () => {
    const condition = { field: "role", values: ["machine-learning"], mode: "any" };
    expect(filteredBy(view(""), "ROLE", "machine-learning", true)).toEqual({
      conditions: [condition],
      by: "ROLE",
      under: "machine-learning",
    });
    expect(filteredBy(view(""), "ROLE", "machine-learning", false)).toEqual({
      conditions: [condition],
      by: null,
      under: null,
    });
  });
});

describe("offers", () => {
  const query =
    "label=Bay&currency=USD&base=190k&vesting=4&role=data-scientist&country=us&skills=python,sql&currency.2=EUR&base.2=95.000&vesting.2=3&role.2=data-analyst&country.2=de";
  const offers = offersOf(new URLSearchParams(query));

  test("are read from the URL and written as they are read", () => {
    expect(offers).toHaveLength(2);
    expect(offers[0]).toMatchObject({
      label: "Bay",
      base: "190k",
      profile: { country: "us", skills: ["python", "sql"] },
    });
    const written = paramsOf(offers);
    expect(offersOf(written)).toEqual(offers);
    expect(written.get("currency.2")).toBe("EUR");
    expect(written.has("bonus")).toBe(false);
  });

  test("are at most five", () => {
    const many = Array.from({ length: 7 }, (_, index) => `base${index ? `.${index + 1}` : ""}=1`).join("&");
    expect(offersOf(new URLSearchParams(many))).toHaveLength(5);
  });

  test("become the API's input", () => {
    expect(offers[1] && offerInput(offers[1], 1)).toMatchObject({
      label: "Offer 2",
      currency: "EUR",
      baseSalary: 95_000,
      targetBonus: 0,
      vestingYears: 3,
      profile: { role: "data-analyst", country: "de", level: null },
    });
  });

  test("have problems by field", () => {
    expect(Object.keys(problemsOf(NEW_OFFER)).sort()).toEqual(["base", "country", "role"]);
    expect(offers.map((offer) => problemsOf(offer))).toEqual([{}, {}]);
    expect(Object.keys(problemsOf({ ...NEW_OFFER, bonus: "a lot", vesting: "11" }))).toEqual(
      expect.arrayContaining(["bonus", "vesting"]),
    );
  });
});

describe("receipts", () => {
  const receipt = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4567";

  test("are the same in any spelling", () => {
    for (const text of [receipt, receipt.toLowerCase(), receipt.replaceAll("-", " "), receipt.replaceAll("-", "\n")]) {
      expect(normalizeReceipt(text)).toBe("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
      expect(receiptError(text)).toBe("");
    }
  });

  test.each(["", "ABCD", `${receipt}A`, receipt.replace("A", "1"), receipt.replace("A", "?")])(
    "%j is no receipt",
    (text) => {
      expect(receiptError(text)).not.toBe("");
    },
  );
});
