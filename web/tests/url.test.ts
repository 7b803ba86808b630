import { describe, expect, test } from "vitest";
import { urlOf, withOwnParamsMoved } from "../src/components/fragment";
import { filteredBy, groupingOf } from "../src/pages/explore/grouping";
import { fragmentOf, queryOf, viewOf } from "../src/pages/explore/view";
import { NEW_OFFER, offerInput, offersOf, paramsOf, problemsOf } from "../src/pages/offer/offers";
import { normalizeReceipt, receiptError } from "../src/pages/receipt/receipt";

describe("Explore", () => {
  const view = (query: string, fragment = "") => viewOf(new URLSearchParams(query), new URLSearchParams(fragment));

  test("has defaults that are not part of the URL", () => {
    expect(view("")).toMatchObject({ measure: null, currency: "USD", adjust: "NONE", interval: null });
    expect(queryOf(view("")).toString()).toBe("");
  });

  test("keeps every part of the view in the URL", () => {
    const query =
      "level=senior&measure=total-cash&currency=EUR&adjust=cost-of-living&by=work-mode&under=&and=role&interval=year&order=base-salary&direction=asc&after=abc";
    const shown = view(query, "pay=150000");
    expect(queryOf(shown).toString()).toBe(query);
    expect(fragmentOf(shown).toString()).toBe("pay=150000");
    expect(view("pay=150000").pay).toBe("");
  });

  test("keeps every chosen measure in the URL", () => {
    expect(queryOf({ ...view(""), measure: "BASE_SALARY" }).toString()).toBe("measure=base-salary");
    expect(view("measure=base-salary").measure).toBe("BASE_SALARY");
  });

  test("keeps codes of employers in any script", () => {
    const conditions = [
      { field: "employer" as const, values: ["müller", "яндекс-cloud", "腾讯"], mode: "any" as const },
    ];
    const { search } = new URL(`http://localhost/?${queryOf({ ...view(""), conditions })}`);
    expect(view(search).conditions).toEqual(conditions);
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

describe("links with own parameters in the query", () => {
  const moved = (link: string) => withOwnParamsMoved(new URL(link, "http://localhost"));

  test.each([
    ["/?country=us&pay=150000&by=level", "/?country=us&by=level#pay=150000"],
    ["/?pay=150000", "/#pay=150000"],
    ["/offer?label=Bay&base=190%2C000&base.2=95k", "/offer#label=Bay&base=190,000&base.2=95k"],
    ["/graphiql?query=%7B+edition+%7D", "/graphiql#query=%7B+edition+%7D"],
    ["/?pay=1#pay=2", "/#pay=2"],
  ])("%s becomes %s", (link, expected) => {
    expect(moved(link)).toBe(expected);
  });

  test.each(["/?country=us#pay=150000", "/factors?country=us", "/about#sources", "/contribute?step=pay", "/"])(
    "%s stays as it is",
    (link) => expect(moved(link)).toBe(link),
  );

  test("are URLs of their parts", () => {
    const [query, fragment] = [new URLSearchParams({ role: "a,b" }), new URLSearchParams({ pay: "1" })];
    expect(urlOf("/", query, fragment)).toBe("/?role=a,b#pay=1");
    expect(urlOf("/", new URLSearchParams(), new URLSearchParams())).toBe("/");
  });
});

describe("offers", () => {
  const query =
    "label=Bay&currency=USD&base=190k&vesting=4&role=data-scientist&country=us&skills=python,sql&currency.2=EUR&base.2=95.000&vesting.2=3&role.2=data-analyst&country.2=de";
  const offers = offersOf(new URLSearchParams(query));

  test("are read from a URL's fragment and written as they are read", () => {
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
