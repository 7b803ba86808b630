import { exactMoney } from "./format";

const SPACES = "[\\s'’_]";
const MARK = "(?:[A-JL-Z][A-Z]{0,2})?\\p{Sc}|[A-Za-z]{3}|kr|Kr|zł|Kč|Ft"; // a sign such as €, US$ or kr, or a code such as EUR
const AMOUNT = new RegExp(`^(?<before>${MARK})?${SPACES}*(?<number>\\d.*?)${SPACES}*(?<after>${MARK})?$`, "u");
const GROUPED = /^\d{1,3}(?:(?<separator>[.,\s'’_])\d{3})(?:\k<separator>\d{3})*(?:[.,]\d{1,2})?$/;
const IN_LAKHS = /^\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d{1,2})?$/; // 12,34,567
const PLAIN = /^\d+(?:[.,]\d{1,2})?$/;
const THOUSANDS = /^\d{1,4}(?:[.,]\d{1,2})?\s?k$/i;

/**
 * The number in a text such as 190000, 190,000, 190 000, 190'000, 95.000, 1,234.50, 190k, $160,000 or 95.000,50 €; NaN if it
 * is not an amount. A separator before exactly three digits separates thousands. The currency is not read: `markProblem`
 * compares it.
 */
export function parseAmount(typed: string): number {
  return partsOf(typed)?.amount ?? NaN;
}

/** What an amount is read as, to be shown beside its field; "" if it is not an amount. */
export function readAs(typed: string, currency: string): string {
  const { amount } = partsOf(typed) ?? {};
  return amount === undefined || !currency ? "" : `Read as ${exactMoney(amount, currency)}.`;
}

/** Why the currency typed with an amount is not that of the form; "" if it is, or if none is typed. */
export function markProblem(typed: string, currency: string): string {
  const { mark } = partsOf(typed) ?? {};
  if (!mark || !currency || marksOf(currency).has(mark.toUpperCase())) return "";
  return `The amount says ${mark}, and the currency is ${currency}: change one of them.`;
}

interface Parts {
  amount: number;
  mark: string | undefined;
}

function partsOf(typed: string): Parts | null {
  const { before, number = "", after } = AMOUNT.exec(typed.trim())?.groups ?? {};
  const amount = numberOf(number);
  return Number.isNaN(amount) || (before && after) ? null : { amount, mark: before ?? after };
}

function numberOf(text: string): number {
  if (THOUSANDS.test(text)) return 1_000 * decimal(text.replace(/\s?k$/i, ""));
  if (PLAIN.test(text)) return decimal(text);
  if (!GROUPED.test(text) && !IN_LAKHS.test(text)) return NaN;
  const [, whole = text, fraction = "0"] = /^(.*)[.,](\d{1,2})$/.exec(text) ?? [];
  return Number(`${whole.replace(/\D/g, "")}.${fraction}`);
}

function decimal(text: string): number {
  return Number(text.replace(",", "."));
}

/** The code of a currency and the signs that it is written with: EUR and €; CAD, CA$ and $. */
function marksOf(currency: string): ReadonlySet<string> {
  const displays = ["symbol", "narrowSymbol"] as const;
  const signs = displays.map((currencyDisplay) => {
    const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay });
    return format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? currency;
  });
  return new Set(
    [currency, ...signs, ...signs.map((sign) => `${currency.slice(0, 2)}${sign}`)].map((one) => one.toUpperCase()),
  );
}

/** The whole number in a text without separators; NaN if it is not one. */
export function parseWhole(typed: string): number {
  return /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : NaN;
}
