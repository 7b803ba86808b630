import { type ReactNode, useId } from "react";

const FIGURES = [
  {
    id: "record",
    term: "Record",
    definition:
      "A record has factors (role, level, place, skills and so on) and measures (base salary, bonus, equity and so on). Pay is gross, full-time equivalent and per year: hourly pay times 2,080, weekly times 52, biweekly times 26, monthly times 12. What a source does not report is unknown and never counts as zero.",
  },
  {
    id: "currency",
    term: "Currency",
    definition:
      "A record is converted to US dollars at the mean exchange rate of its year. Amounts in other currencies are converted from US dollars at the rate of the newest year.",
  },
  {
    id: "percentiles",
    term: "Percentiles",
    definition:
      "Percentiles are exact, not estimated from a sample, with linear interpolation between neighbours (Hyndman and Fan, type 7). P25 means that a quarter of the records pay less. The 95% confidence interval of the median makes no assumption about the distribution.",
  },
  {
    id: "means",
    term: "Means and shares",
    definition:
      "Means have Student’s t intervals, shares and percentile ranks have Wilson’s. Scores from 1 to 5 are compared by their means, since their medians are whole numbers and hide most differences.",
  },
  {
    id: "cost-of-living",
    term: "Cost of living",
    definition:
      "Pay divided by the price level of the workplace (United States = 100): the BEA’s regional price parities for metropolitan areas and states of the US, the World Bank’s price-level ratios for countries. It is not the cost of labour and does not include taxes.",
  },
  {
    id: "kinds",
    term: "Source type",
    definition:
      "Self-reported pay, advertised ranges and filings by employers are not the same. Every result names the source types behind it and warns if they are mixed; filter by source type to compare like with like. Two adjacent rows of an advertisement that differ only in pay are the two ends of a range: they become one record with its midpoint.",
  },
];

const MODELS = [
  {
    id: "premiums",
    term: "Premiums",
    definition:
      "The difference in pay that goes with a value, in percent, with the other factors held equal: a regression of log pay on all factors with robust intervals. Factors that the records do not report may still be the cause.",
  },
  {
    id: "trends",
    term: "Trends",
    definition:
      "The median of each quarter or year. The mix of records changes more than pay does, so the chart also shows the mix-adjusted median: the pay of the same mix of records in each period.",
  },
  {
    id: "outlook",
    term: "Outlook",
    definition:
      "A forecast of the trend for some quarters, with an interval that widens. It is backtested on held-out quarters; the result says so if assuming no change would have been as accurate.",
  },
  {
    id: "offers",
    term: "Offers",
    definition:
      "An offer is annualised: base salary, target bonus, a quarter of the sign-on bonus, and the grant divided by its vesting years. It is ranked in the most specific cohort with enough records, and every condition that was dropped to find it is shown.",
  },
];

/** How figures are calculated from records. */
export function Methodology() {
  return (
    <Section id="methodology" title="How figures are calculated">
      <Definitions terms={FIGURES} />
      <h3>Results of models</h3>
      <p>
        Every result of a model says so, with its method, its number of records and its interval. If there is not enough
        data, it gives a reason instead of a number.
      </p>
      <Definitions terms={MODELS} />
    </Section>
  );
}

const SUPPRESSION = [
  {
    id: "too-few",
    term: "Small cohorts",
    definition:
      "Cohorts of fewer than 5 records are suppressed, since somebody may know the other four. P10 and P90 need 10 records, more extreme percentiles 20, and the minimum and maximum are never published. An installation may set a higher minimum than 5.",
  },
  {
    id: "doubt",
    term: "Low confidence",
    definition:
      "Figures based on few records or few employers, or on old or mixed data, have a lower confidence and cautions. They are not hidden: you decide how far to rely on them.",
  },
  {
    id: "single-records",
    term: "Single records",
    definition:
      "Scores of job satisfaction, career growth and work-life balance, competing offers and first offers are published in statistics only, never of a single record.",
  },
];

const CONTRIBUTIONS = [
  {
    id: "alike",
    term: "k-anonymity",
    definition:
      "A published contribution shares employer, place, role, level and experience with at least four others. Until it does, it is generalised step by step: employer, metropolitan area, state, exact years of experience, level and role are removed. If it still is unique, it waits.",
  },
  {
    id: "coarse",
    term: "Generalised",
    definition:
      "Every other answer is published only if at least five contributions from the same country share it. Pay is rounded to three significant digits, and the month to the first of its quarter.",
  },
  {
    id: "yours",
    term: "Under your control",
    definition:
      "There is no account. The receipt is the only way to view, correct or withdraw your answers. What you withdraw is not part of the next edition.",
  },
  {
    id: "limits",
    term: "Limits of protection",
    definition:
      "Somebody who already knows nearly all of your answers could recognise the record that repeats them. Somebody who submits four made-up contributions like yours could have it published sooner and less generalised, if these pass the checks.",
  },
];

/** What is suppressed and why. */
export function Suppression() {
  return (
    <Section id="suppression" title="What is suppressed, and why">
      <Definitions terms={SUPPRESSION} />
    </Section>
  );
}

/** How contributed pay is used. */
export function Contributions() {
  return (
    <Section id="contributions" title="How contributions are used">
      <Definitions terms={CONTRIBUTIONS} />
    </Section>
  );
}

/** A section of the page with its own URL: `/about#<id>`. */
export function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section id={id} className="card about-section" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

/** Terms with their definitions; each term has its own URL too. */
function Definitions({ terms }: { terms: readonly { id: string; term: string; definition: string }[] }) {
  return (
    <dl className="about-terms">
      {terms.map(({ id, term, definition }) => (
        <div key={id} id={id}>
          <dt>{term}</dt>
          <dd>{definition}</dd>
        </div>
      ))}
    </dl>
  );
}
