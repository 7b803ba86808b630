const LENGTH = 32;

/** A receipt as it was given, however it was typed or pasted: letters and digits, without spaces and dashes, in capitals. */
export function plain(typed: string): string {
  return typed.replace(/[\s\-–—]/g, "").toUpperCase();
}

/** What keeps a text from being a receipt; empty when nothing does. */
export function flawOf(typed: string): string {
  const text = plain(typed);
  if (!text) return "Type or paste your receipt.";
  const odd = /[^A-Z2-7]/.exec(text)?.[0];
  if (odd)
    return `A receipt has letters and the digits 2 to 7; “${odd}” is neither.${/[018]/.test(odd) ? " Perhaps it is an O, an I or a B?" : ""}`;
  return text.length === LENGTH
    ? ""
    : `A receipt has ${LENGTH} letters and digits in eight groups of four; this has ${text.length}.`;
}

/** The receipt that was just given or typed: in memory alone, never in the address, a cookie or the browser's storage. */
let inHand = "";

export function receiptInHand(): string {
  return inHand;
}

export function hold(receipt: string) {
  inHand = receipt;
}
