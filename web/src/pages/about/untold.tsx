import { Part, Terms } from "./part";

const RULES = [
  {
    id: "too-few",
    term: "Too few records",
    meaning:
      "Of fewer than 5 records nothing is told, since somebody could know the other four. P10 and P90 need 10, percentiles further out 20, and the smallest and the largest value are never told. An installation may ask for more than 5.",
  },
  {
    id: "doubt",
    term: "Little to go by",
    meaning:
      "Figures of few records, of few employers, of old or of mixed data are told with a confidence and with cautions. They are not hidden: you decide what they are worth to you.",
  },
  {
    id: "single-records",
    term: "Single records",
    meaning: "Scores of satisfaction, growth and balance, competing offers and first offers count in figures of many, and are told of no single record.",
  },
];

const CONTRIBUTED = [
  {
    id: "alike",
    term: "Five alike",
    meaning:
      "A published contribution has the same employer, place, role, level and experience as at least four others. One that does not loses, step by step, the employer, the metro area, the state, the exact years, the level and the role, until it does. What still stands out waits.",
  },
  {
    id: "coarse",
    term: "Made coarse",
    meaning: "All else is told only where at least five contributions of the same country tell it. Pay has three significant digits; the month becomes the first of its quarter.",
  },
  {
    id: "yours",
    term: "Yours to take back",
    meaning: "There is no account. The receipt is the only way back to what you told: to see, change or withdraw it. What you withdraw is not in the next edition.",
  },
  {
    id: "limits",
    term: "What this cannot do",
    meaning:
      "Someone who already knows nearly all of your answers could recognise the record that repeats them. Someone who makes up four submissions like yours could bring it out sooner and less coarse, at the cost of getting them past the checks.",
  },
];

/** What is kept back, and why. */
export function Untold() {
  return (
    <Part id="what-is-not-told" title="What is not told, and why">
      <Terms terms={RULES} />
    </Part>
  );
}

/** What becomes of pay that people contribute. */
export function Contributed() {
  return (
    <Part id="contributions" title="What becomes of contributions">
      <Terms terms={CONTRIBUTED} />
    </Part>
  );
}
