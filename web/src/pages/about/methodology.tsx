import { type ReactNode, useId } from "react";

const FIGURES = [
  {
    id: "record",
    term: "Record",
    meaning:
      "Each has factors (role, level, place, skills and so on) and measures (base salary, bonus, equity and so on). Pay is gross, full-time, and of a year: an hour counts 2,080 times, a week 52, two weeks 26, a month 12 times. What a source does not tell is unknown, and never counts as zero.",
  },
  {
    id: "currency",
    term: "Currency",
    meaning:
      "A record becomes US dollars by the mean rate of its own year. If you ask for another currency, all amounts are multiplied by that of the newest year.",
  },
  {
    id: "percentiles",
    term: "Percentiles",
    meaning:
      "They are exact, never estimated from a sample: sorted pay, with a straight line between neighbours (Hyndman and Fan type 7). P25 means that a quarter of the records pay less. The interval beside it tells how far the true value may lie from it, without any assumption about how pay is spread.",
  },
  {
    id: "means",
    term: "Means and shares",
    meaning:
      "Means carry Student’s interval, shares and percentile ranks Wilson’s. Scores from 1 to 5 are compared by their means, since their medians are whole numbers and hide most differences.",
  },
  {
    id: "cost-of-living",
    term: "Cost of living",
    meaning:
      "Pay divided by the price level of the workplace, where the United States are 100: regional price parities of the BEA for American metro areas and states, the World Bank’s ratios for countries. It is not the cost of labour, and knows nothing of taxes.",
  },
  {
    id: "kinds",
    term: "Kind of source",
    meaning:
      "What people report, what advertisements offer and what employers file are not the same thing. Each answer says which kinds are behind it and warns where they are mixed, and you can filter by them. Two neighbouring rows of an advertisement that differ in pay alone are the two ends of a range: they are one record, at its middle.",
  },
];

const MODELS = [
  {
    id: "premiums",
    term: "Premiums",
    meaning:
      "How much more or less pay goes with a value, in percent, with everything else held equal: a regression of the logarithm of pay on all factors at once, with robust intervals. What records do not tell may still be the cause.",
  },
  {
    id: "trends",
    term: "Trends",
    meaning:
      "The median of each quarter or year. Who tells of their pay changes more than pay does, so beside it stands the adjusted line: what the records of all periods together would earn if all were of this one.",
  },
  {
    id: "outlook",
    term: "Outlook",
    meaning:
      "The trend carried on by some quarters, with a range that widens. It is tested on quarters that were held back; where saying that nothing changes would have been as good, that is told too.",
  },
  {
    id: "offers",
    term: "Offers",
    meaning:
      "An offer becomes a year: base, target bonus, a quarter of the sign-on bonus, and the grant divided by the years it vests in. It is ranked in the narrowest group like the profile that has enough records, and every step taken to get there is shown.",
  },
];

/** From a record to a figure. */
export function Making() {
  return (
    <Part id="how-a-number-is-made" title="How a number is made">
      <Terms terms={FIGURES} />
      <h3>And where a model is behind it</h3>
      <p>
        Every answer that rests on a model says so, with its method, the records behind it, and the interval. With too
        little data you get a reason, never a number.
      </p>
      <Terms terms={MODELS} />
    </Part>
  );
}

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
    meaning:
      "Scores of satisfaction, growth and balance, competing offers and first offers count in figures of many, and are told of no single record.",
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
    meaning:
      "All else is told only where at least five contributions of the same country tell it. Pay has three significant digits; the month becomes the first of its quarter.",
  },
  {
    id: "yours",
    term: "Yours to take back",
    meaning:
      "There is no account. The receipt is the only way back to what you told: to see, change or withdraw it. What you withdraw is not in the next edition.",
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

/** A part of the page, with an address of its own: `/about#<id>`. */
export function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section id={id} className="card about-part" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

/** Terms and what they mean; each term has an address of its own too. */
export function Terms({ terms }: { terms: readonly { id: string; term: string; meaning: ReactNode }[] }) {
  return (
    <dl className="about-terms">
      {terms.map(({ id, term, meaning }) => (
        <div key={id} id={id}>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
