/** The receipt that was just given or typed: in memory alone, never in the address, a cookie or the browser's storage. */
let inHand = "";

export function receiptInHand(): string {
  return inHand;
}

export function hold(receipt: string) {
  inHand = receipt;
}
