import { type ReactNode, useId } from "react";
import {
  type ContributionRules,
  employersText,
  enoughContributors,
  LIFETIME_MONTHS,
  releasesText,
  useContributionRules,
} from "../../components/contribution-rules";

interface Term {
  id: string;
  term: string;
  definition: string;
}

const FIGURES = [
  {
    id: "record",
    term: "Record",
    definition:
      "A record has factors (role, level, place, skills and so on) and measures (base salary, bonus, equity and so on). Pay is gross, full-time equivalent and per year: hourly pay × 2,080, daily × 260, weekly × 52, biweekly × 26, semimonthly × 24, monthly × 12. What a source does not report is unknown and never counts as zero.",
  },
  {
    id: "currency",
    term: "Currency",
    definition:
      "In the currency that it was reported in, a record keeps its own amounts. For any other currency it is converted at the mean exchange rates of its own year, so that trends in another currency include changes of exchange rates. A year without a rate has that of the nearest year; figures say how many records that concerns if it is more than a year away.",
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
        Every result computed by a model states the method, the number of records and the interval. If there is not
        enough data, it gives a reason instead of a number.
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
      "Cohorts of fewer than 5 records are suppressed, because figures of so few are not reliable. P10 and P90 need 10 records, more extreme percentiles 20. An installation may set a higher minimum than 5. This keeps no imported record secret: its source has published it already.",
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
      "Scores of job satisfaction, career growth and work-life balance, competing offers and first offers of imported records appear in statistics only, where comparing two cohorts that differ in one record reveals them. Those of contributors appear only in yearly tables, with noise.",
  },
];

/** How contributions are used under the rules of the service, which are undefined while they are unknown. */
function contributionTerms(rules: ContributionRules | undefined): Term[] {
  return [
    {
      id: "published",
      term: "What is published",
      definition: `Base salary and total compensation become two records that nothing links to each other. Each consists of a class, one amount, and the quarter of its release. A class is ${finerClasses(rules)}a role, a level and a country or, where too few contributors share these, less: first without the level, then with the role family in place of the role, then with the continent in place of the country.`,
    },
    {
      id: "rounded",
      term: "Rounded amounts",
      definition:
        "An amount is converted to the main currency of the country, or to US dollars for a continent, and published as a step that is about 10% wide, such as 100,000 to 110,000, or about 45% wide if the records that are released together are on fewer than three steps. Percentiles of contributed records are accurate to about 10%.",
    },
    {
      id: "releases",
      term: "Releases",
      definition: `Contributed pay is published in releases. ${releasesText(rules)} A release has a class only if ${enoughContributors(rules)} wait for it, and then it has all of them. A contribution that waits is published in a coarser class only after ${rules?.employerClasses ? "one to seven" : "two to six"} releases. Published records do not change. Those of a class that were released together are removed together, after ${LIFETIME_MONTHS} months.`,
    },
    {
      id: "networks",
      term: rules?.invitationRequired ? "One per invitation" : "One per network",
      definition: rules?.invitationRequired
        ? "This service takes contributions by invitation only. An invitation counts once, so that one person cannot pose as all the others of a class."
        : "Only the first contribution from a network, such as an office or a home, counts for a class in a year, and only that one is published in it. Otherwise one person could pose as all the others of a class. An invitation by the operator takes the network’s place.",
    },
    {
      id: "secret",
      term: "What is not published",
      definition: `No record has years of experience, education, skills, benefits, scores or any other answer. ${employersText(rules)} Until it is published, what you see of your submission does not depend on other people’s unpublished answers.`,
    },
    {
      id: "tables",
      term: "Yearly tables",
      definition:
        "Once a year, answers that are in no record, such as work mode, education and skills, are published in tables: how many contributors gave an answer, and how their pay compares with the published median of the role, or role family, in their country. Scores and negotiation uplift are published as means of a role family, competing offers as a share. Every figure has random noise, so that none reveals much about whether any one person contributed: differential privacy, with an epsilon of 2 for all tables that a contribution is ever used in. This holds for the tables by themselves, not for tables and records together.",
    },
    {
      id: "readers",
      term: "Who can read your answers",
      definition:
        "The operator of this service can read all answers until they are withdrawn. Moderators see the answers that they need to decide on a submission that looks doubtful or whose record was flagged. Nobody else does.",
    },
    {
      id: "yours",
      term: "Under your control",
      definition: `There is no account. The receipt is the only way to look up, correct or withdraw your contribution. A withdrawal deletes your answers and the link to your records at once. Records that are published already may stay among others of their class for up to ${LIFETIME_MONTHS} months, since removing one by itself would show which one it was.`,
    },
    {
      id: "limits",
      term: "Limits of protection",
      definition: `Somebody with ${otherContributors(rules)} can single out the pay, to about 10%, of a person who is otherwise alone in a class. Somebody who knows your other answers and the release of your record, and can guess your pay, picks your record in 13 to 27% of cases, depending on the number of contributors. The pay of a class says something about everybody in it.${networkText(rules)} The documentation of PayRank, in docs/trust.md, has the complete list.`,
    },
  ];
}

/** The finer classes of a service that publishes employers and metro areas, before the others. */
function finerClasses(rules: ContributionRules | undefined): string {
  return rules?.employerClasses
    ? "an employer, a role family, a level and a country, or a metro area, a role and a level, or "
    : "";
}

function networkText(rules: ContributionRules | undefined): string {
  return rules?.invitationRequired
    ? ""
    : " Somebody on your network can find out that somebody there contributed to a class this year.";
}

/** How many contributions single out the only other one of a class. */
function otherContributors(rules: ContributionRules | undefined): string {
  const number = rules ? rules.classSize - 1 : "enough";
  return rules?.invitationRequired ? `${number} invitations` : `contributions from ${number} networks`;
}

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
      <Definitions terms={contributionTerms(useContributionRules())} />
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
function Definitions({ terms }: { terms: readonly Term[] }) {
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
