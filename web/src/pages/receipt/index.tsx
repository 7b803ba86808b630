import { useState } from "react";
import { FindReceipt } from "./find-receipt";
import { Found } from "./found";
import { hold, receiptInHand } from "./receipt-in-hand";
import "./receipt.css";

/** A submission, for whoever holds its receipt: to see it, change it or take it back. */
export default function Receipt() {
  const [receipt, setReceipt] = useState(receiptInHand);

  function take(next: string) {
    hold(next);
    setReceipt(next);
  }

  return (
    <div className="receipt-page">
      <header>
        <h1>Your submission</h1>
        <p>With the receipt that you got when you contributed, see how far your submission has come, correct it, or take it back.</p>
      </header>
      {receipt ? <Found receipt={receipt} close={() => take("")} /> : <FindReceipt onFound={take} />}
    </div>
  );
}
