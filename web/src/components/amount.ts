/**
 * A number as people type it: 190000, 190,000, 190 000, 190'000, 95.000, 1,234.50 or 190k.
 * A separator before exactly three digits groups thousands; NaN is what cannot be read.
 */
export function amountOf(typed: string): number {
  const text = typed.replace(/[\s'’_]/g, "");
  const thousands = /^[\d.,]+k$/i.test(text);
  const plain = thousands ? text.slice(0, -1) : text;
  return numberOf(plain) * (thousands ? 1_000 : 1);
}

function numberOf(text: string): number {
  const grouped = /^(\d{1,3})((?:([.,])\d{3})(?:\3\d{3})*)(?:[.,](\d{1,2}))?$/.exec(text);
  if (grouped) return Number(`${grouped[1]}${grouped[2]?.replace(/[.,]/g, "")}.${grouped[4] ?? 0}`);
  return /^\d+(?:[.,]\d{1,2})?$/.test(text) ? Number(text.replace(",", ".")) : NaN;
}

/** A whole number without separators; NaN is what cannot be read. */
export function wholeOf(typed: string): number {
  return /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : NaN;
}
