import { useQuery } from "urql";
import { graphql } from "../../gql";
import { count, money } from "../../parts/format";
import { told } from "./checks";
import { useForm } from "./form";
import { isFar, likelyUnit } from "./likely-unit";

const UsualPay = graphql(`
  query UsualPay($role: Code!, $country: Code!, $currency: Currency!) {
    cohort(where: { role: [$role], country: [$country] }, currency: $currency) {
      label
      stats(measure: BASE_SALARY) { count p10 p90 }
    }
  }
`);

/** Asks back where the base salary looks like that of a month or an hour. The amount itself is compared here, not sent. */
export function YearlyQuestion() {
  const { answers, change } = useForm();
  const { role, country, currency } = answers;
  const [{ data }] = useQuery({ query: UsualPay, variables: { role, country, currency }, pause: !(role && country && currency) });
  const amount = told(answers, "baseSalary");
  return <div role="status">{amount !== null && question()}</div>;

  function question() {
    const stats = data?.cohort.stats;
    if (!amount || stats?.p10 == null || stats.p90 == null) return null;
    const usual = { p10: stats.p10, p90: stats.p90 };
    if (!isFar(amount, usual)) return null;
    const reading = likelyUnit(amount, usual);
    const beside = `Eight in ten of ${count(stats.count)} records (${data?.cohort.label}) tell ${money(usual.p10, currency)} to ${money(usual.p90, currency)} a year.`;
    return (
      <div className="doubt">
        <p>{reading ? `Is this for a whole year? It looks like ${reading.as}.` : "Is this for one whole year, in single units of the currency?"} {beside}</p>
        {reading && (
          <button type="button" className="button" onClick={() => change("baseSalary", String(Math.round(reading.yearly)))}>
            Make it {money(reading.yearly, currency)} a year
          </button>
        )}
        <p className="quiet">If it is right, leave it as it is.</p>
      </div>
    );
  }
}
