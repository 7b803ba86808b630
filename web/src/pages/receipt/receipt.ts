const LENGTH = 32;

/** The canonical form of a typed or pasted receipt: capital letters and digits, without spaces and dashes. */
export function normalizeReceipt(text: string): string {
  return text.replace(/[\s\-–—]/g, "").toUpperCase();
}

/** Why a text cannot be a receipt; empty if it can. */
export function receiptError(text: string): string {
  const receipt = normalizeReceipt(text);
  if (!receipt) return "Type or paste your receipt.";
  const invalid = /[^A-Z2-7]/.exec(receipt)?.[0];
  if (invalid) {
    const hint = /[018]/.test(invalid) ? " Perhaps it is an O, an I or a B?" : "";
    return `A receipt has letters and the digits 2 to 7; “${invalid}” is neither.${hint}`;
  }
  if (receipt.length === LENGTH) return "";
  return `A receipt has ${LENGTH} letters and digits in eight groups of four; this one has ${receipt.length}.`;
}

/** The receipt that was just issued or entered: only in memory, never in the URL, a cookie or the browser's storage. */
let current = "";

export function currentReceipt(): string {
  return current;
}

export function setCurrentReceipt(receipt: string) {
  current = receipt;
}
