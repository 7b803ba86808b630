/**
 * The number in a text such as 190000, 190,000, 190 000, 190'000, 95.000, 1,234.50 or 190k; NaN if it is not a number.
 * A separator before exactly three digits separates thousands.
 */
export function parseAmount(typed: string): number {
  const text = typed.replace(/[\s'’_]/g, "");
  const thousands = /^[\d.,]+k$/i.test(text);
  return parseNumber(thousands ? text.slice(0, -1) : text) * (thousands ? 1_000 : 1);
}

function parseNumber(text: string): number {
  const grouped = /^(\d{1,3})((?:([.,])\d{3})(?:\3\d{3})*)(?:[.,](\d{1,2}))?$/.exec(text);
  if (grouped) return Number(`${grouped[1]}${grouped[2]?.replace(/[.,]/g, "")}.${grouped[4] ?? 0}`);
  return /^\d+(?:[.,]\d{1,2})?$/.test(text) ? Number(text.replace(",", ".")) : NaN;
}

/** The whole number in a text without separators; NaN if it is not one. */
export function parseWhole(typed: string): number {
  return /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : NaN;
}
