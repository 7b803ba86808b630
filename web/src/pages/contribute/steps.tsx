import { useState } from "react";
import { useQuery } from "urql";
import { amountOf } from "../../components/amount";
import { Field } from "../../components/field";
import { count, money } from "../../components/format";
import { graphql } from "../../gql";
import { isFar, likelyUnit, told } from "./checks";
import { Help, Line, MoneyLine, MonthLine, Pick, PickMany, Place, Score, useAsk, useForm } from "./fields";

/** What each level means, as the schema describes it. */
const LEVELS: Readonly<Record<string, string>> = {
  entry: "First years in the profession.",
  mid: "Works on their own.",
  senior: "Leads work of others by expertise.",
  staff: "Leads across teams.",
  principal: "Leads across the organisation.",
  executive: "Directors, vice presidents, chiefs.",
};

export function StepWork() {
  const { level } = useForm().answers;
  return (
    <>
      <Pick
        name="role"
        factor="ROLE"
        wide
        hint="The work you do, whatever your title says. Type a word of it: engineer, vision, research."
      />
      <Pick
        name="level"
        factor="LEVEL"
        hint={LEVELS[level] ?? "What is expected of you, whatever it is called where you work."}
      />
      <Line
        name="experience"
        keys="numeric"
        suffix="years"
        hint="Whole years of professional work, in any job that counts for this one."
      />
      <Pick name="workMode" factor="WORK_MODE" />
      <Pick name="employmentType" factor="EMPLOYMENT_TYPE">
        <Help question="I work part time, or by the hour. What do I tell?">
          <p>
            Choose the kind of contract here and tell pay as if for full time: at half a post, twice of what you get. An
            hourly rate times 2,080 makes a year.
          </p>
        </Help>
      </Pick>
      <PickMany name="specializations" factor="SPECIALIZATION" wide hint="As many as fit, or none." />
    </>
  );
}

export function StepPlace() {
  const { country, metro } = useForm().answers;
  return (
    <>
      <Pick name="country" factor="COUNTRY" wide hint="Where you do the work; for remote work, where you live.">
        <Help question="Why do you ask for the place?">
          <p>
            Pay differs more by place than by anything else. A place is published only where at least four others tell
            the same of theirs; if not, it is left out or made wider.
          </p>
        </Help>
      </Pick>
      {country && (
        <Pick
          name="metro"
          factor="METRO"
          under={country}
          hint="The nearest one that you would commute to. Leave it empty if there is none."
        />
      )}
      {country && !metro && (
        <Pick
          name="subdivision"
          factor="SUBDIVISION"
          under={country}
          hint="Only where you chose no metropolitan area: that brings its own."
        />
      )}
    </>
  );
}

export function StepPay() {
  return (
    <>
      <CurrencySelect />
      <MonthLine hint="This month for what you earn now; an earlier one for what you earned then." />
      <MoneyLine name="baseSalary" hint="Before taxes, for full time.">
        <YearlyQuestion />
      </MoneyLine>
      <MoneyLine name="bonus" hint="0 if you get none; empty if you would rather not tell.">
        <Help question="Which bonus do I tell?">
          <p>
            What you were paid in the last twelve months, or the target if you are new. No sign-on bonus: it comes only
            once.
          </p>
        </Help>
      </MoneyLine>
      <MoneyLine name="equity" hint="0 if you get none; empty if you would rather not tell.">
        <AnnualEquity />
      </MoneyLine>
      <PickMany name="benefits" factor="BENEFIT" hint="As many as you have." />
      <MoneyLine
        name="initialOffer"
        hint="Only if you negotiated: base salary, bonus and equity of a year together. Never told of a single record."
      />
      <Line
        name="competingOffers"
        keys="numeric"
        hint="How many others you had at hand, 0 to 20. Never told of a single record."
      />
    </>
  );
}

export function StepAbout() {
  return (
    <>
      <p className="ask-wide quiet">
        All of this is optional. Each answer helps to tell what raises pay, and is published only where enough others
        give it too.
      </p>
      <Pick name="education" factor="EDUCATION" />
      <Pick name="fieldOfStudy" factor="FIELD_OF_STUDY" />
      <PickMany name="skills" factor="SKILL" hint="Those that you use in this job." />
      <PickMany name="certifications" factor="CERTIFICATION" />
      <Line name="employer" hint="Published only with enough others who name it too." />
      <Pick name="industry" factor="INDUSTRY" />
      <Pick name="employerSize" factor="EMPLOYER_SIZE" />
      <Pick name="employerType" factor="EMPLOYER_TYPE" />
      <Score name="jobSatisfaction" low="low" high="high" />
      <Score name="careerGrowth" low="little" high="much" />
      <Score name="workLifeBalance" low="bad" high="good" />
    </>
  );
}

const Currencies = graphql(`
  query Currencies {
    currencies
  }
`);

const names = new Intl.DisplayNames("en", { type: "currency" });

/** The currency of all amounts, of those that the service knows. */
export function CurrencySelect() {
  const { value, give, field } = useAsk("currency");
  const [{ data, error }] = useQuery({ query: Currencies });
  const codes = data?.currencies ?? (value ? [value] : []);
  return (
    <Place name="currency">
      <Field {...field} error={field.error ?? (error && "The list of currencies could not be loaded.")}>
        {(control) => (
          <select {...control} value={value} onChange={(event) => give(event.target.value)}>
            <option value="">Choose one</option>
            {codes.map((code) => (
              <option key={code} value={code}>
                {code} · {names.of(code)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Place>
  );
}

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
  const [{ data }] = useQuery({
    query: UsualPay,
    variables: { role, country, currency },
    pause: !(role && country && currency),
  });
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
        <p>
          {reading
            ? `Is this for a whole year? It looks like ${reading.as}.`
            : "Is this for one whole year, in single units of the currency?"}{" "}
          {beside}
        </p>
        {reading && (
          <button
            type="button"
            className="button"
            onClick={() => change("baseSalary", String(Math.round(reading.yearly)))}
          >
            Make it {money(reading.yearly, currency)} a year
          </button>
        )}
        <p className="quiet">If it is right, leave it as it is.</p>
      </div>
    );
  }
}

/** What is meant by equity a year, and a small sum for whoever has a grant at hand. */
export function AnnualEquity() {
  const { answers, change } = useForm();
  const [grant, setGrant] = useState("");
  const [years, setYears] = useState("4");
  const yearly = Math.round(amountOf(grant) / amountOf(years));
  const known = Number.isFinite(yearly);
  return (
    <Help question="What is annualised equity?">
      <p>
        The part of your grant that falls to one year: its whole value at today’s price, divided by the years it vests
        over. A grant of 160,000 over four years is 40,000 a year. Leave out options that are worth nothing at today’s
        price.
      </p>
      <div className="asks">
        <Field label="The whole grant">
          {(control) => (
            <input
              {...control}
              inputMode="decimal"
              autoComplete="off"
              value={grant}
              onChange={(event) => setGrant(event.target.value)}
            />
          )}
        </Field>
        <Field label="Years it vests over">
          {(control) => (
            <input
              {...control}
              inputMode="decimal"
              autoComplete="off"
              value={years}
              onChange={(event) => setYears(event.target.value)}
            />
          )}
        </Field>
      </div>
      <button type="button" className="button" disabled={!known} onClick={() => change("equity", String(yearly))}>
        {known
          ? `Use ${answers.currency ? money(yearly, answers.currency) : yearly.toLocaleString("en")} a year`
          : "Use it"}
      </button>
    </Help>
  );
}
