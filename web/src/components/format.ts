type Unit = "MONEY_PER_YEAR" | "PERCENT" | "SCORE_1_TO_5";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12,345 */
export function count(value: number): string {
  return whole.format(value);
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** 12.3K, for axes and other narrow places. */
export function shortCount(value: number): string {
  return compact.format(value);
}

/** “1 record” or “12,345 records”. */
export function countOf(value: number, noun: string): string {
  return `${count(value)} ${plural(value, noun)}`;
}

/** “record” of 1, “records” of any other number. */
export function plural(value: number, noun: string): string {
  return value === 1 ? noun : `${noun}s`;
}

/** $123,456 or €98,000, in whole units. */
export function money(value: number, currency: string): string {
  return formatOf(currency, { maximumFractionDigits: 0 }).format(value);
}

/** $123,456.50 or €98,000: with cents if there are any. */
export function exactMoney(value: number, currency: string): string {
  return formatOf(currency, { minimumFractionDigits: Number.isInteger(value) ? 0 : 2 }).format(value);
}

/** $124K, for axes and other narrow places. */
export function shortMoney(value: number, currency: string): string {
  return formatOf(currency, { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

const formats = new Map<string, Intl.NumberFormat>(); // constructing one takes far longer than using it

function formatOf(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${currency} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat("en", { style: "currency", currency, ...options });
  formats.set(key, format);
  return format;
}

/** +4.3% or −0.8%, with a minus sign rather than a hyphen. */
export function signedPercent(value: number, digits = 1): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}%`;
}

/** 43%, of a share from 0 to 1. */
export function share(value: number): string {
  return value > 0 && value < 0.01 ? "under 1%" : `${Math.round(100 * value)}%`;
}

/** A figure with its unit. */
export function figure(value: number, unit: Unit, currency: string): string {
  if (unit === "MONEY_PER_YEAR") return money(value, currency);
  return unit === "PERCENT" ? `${value.toFixed(1)}%` : value.toFixed(2);
}

/** “2026” or “2026 Q3” for 2026-q3. */
export function periodName(code: string): string {
  return code.replace("-q", " Q");
}

/** “Machine learning” for machine-learning or MACHINE_LEARNING. */
export function words(code: string): string {
  const text = code.toLowerCase().replace(/[_-]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIXES: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

/** 1st, 22nd, 13th. */
export function ordinal(value: number): string {
  const rounded = Math.round(value);
  return `${rounded}${SUFFIXES[ordinals.select(rounded)] ?? "th"}`;
}
