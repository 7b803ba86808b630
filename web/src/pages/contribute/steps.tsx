import { useState } from "react";
import { useQuery } from "urql";
import { parseAmount } from "../../components/amount";
import { type ContributionRules, enoughContributors, useContributionRules } from "../../components/contribution-rules";
import { useCurrencies } from "../../components/currencies";
import { AmountField, Field } from "../../components/field";
import { countOf, money } from "../../components/format";
import { graphql } from "../../gql";
import { guessUnit, isUnusual, numberAnswer } from "./checks";
import {
  FactorField,
  FactorsField,
  Help,
  MoneyField,
  MonthField,
  Question,
  ScoreField,
  TextField,
  useForm,
  useQuestion,
} from "./fields";
import { type ManyName, NAMES, type Name, type OneName, questionOf, stepOf } from "./questions";

/** The meaning of each level, as in the schema. */
const LEVELS: Readonly<Record<string, string>> = {
  entry: "First years in the profession.",
  mid: "Works independently.",
  senior: "Leads work of others by expertise.",
  staff: "Leads across teams.",
  principal: "Leads across the organisation.",
  executive: "Directors, vice presidents, chiefs.",
};

export function StepWork() {
  const { level } = useForm().answers;
  return (
    <>
      <FactorField
        name="role"
        factor="ROLE"
        wide
        hint="The work you do, whatever your title is. Type a word of it: engineer, vision, research."
      />
      <FactorField name="level" factor="LEVEL" hint={LEVELS[level] ?? "Choose by responsibilities, not by title."} />
      <TextField
        name="experience"
        inputMode="numeric"
        suffix="years"
        hint="Whole years of professional work in relevant jobs."
      />
      <FactorField name="workMode" factor="WORK_MODE" />
      <FactorField name="employmentType" factor="EMPLOYMENT_TYPE">
        <Help question="I work part-time or by the hour. What do I enter?">
          <p>
            Choose the employment type here and enter the full-time equivalent: twice your pay if you work half-time. An
            hourly rate times 2,080 is the pay of a year.
          </p>
        </Help>
      </FactorField>
      <FactorsField name="specializations" factor="SPECIALIZATION" wide hint="As many as apply, or none." />
    </>
  );
}

export function StepPlace() {
  const { country, metro } = useForm().answers;
  return (
    <>
      <FactorField name="country" factor="COUNTRY" wide hint="Where you work; for remote work, where you live.">
        <Help question="Why do you need the place?">
          <p>
            Pay depends on place more than on anything else. Only the country is published, or the continent if too few
            contributors share the country. Metro area and state are used to compare your pay with similar records.
          </p>
        </Help>
      </FactorField>
      {country && (
        <FactorField
          name="metro"
          factor="METRO"
          under={country}
          hint="The nearest one within commuting distance. Leave it empty if there is none."
        />
      )}
      {country && !metro && (
        <FactorField
          name="subdivision"
          factor="SUBDIVISION"
          under={country}
          hint="Only without a metropolitan area, which implies it."
        />
      )}
    </>
  );
}

export function StepPay() {
  return (
    <>
      <CurrencyField />
      <MonthField hint="This month for your current pay; the last month of past pay, at most a year ago." />
      <MoneyField name="baseSalary" hint="Before taxes, full-time.">
        <UnitWarning />
      </MoneyField>
      <MoneyField name="bonus" hint="0 if you get none; empty if you prefer not to say.">
        <Help question="Which bonus do I enter?">
          <p>
            The bonus of the last twelve months, or the target if you are new. Leave out a sign-on bonus, which is paid
            only once.
          </p>
        </Help>
      </MoneyField>
      <MoneyField name="equity" hint="0 if you get none; empty if you prefer not to say.">
        <AnnualEquityHelp />
      </MoneyField>
      <FactorsField name="benefits" factor="BENEFIT" hint="All that you have." />
      <MoneyField
        name="initialOffer"
        hint="Only if you negotiated: base salary, bonus and equity per year together. Published only in means with noise."
      />
      <TextField
        name="competingOffers"
        inputMode="numeric"
        hint="How many other offers you had, 0 to 20. Published only as a share, with noise."
      />
    </>
  );
}

export function StepAbout() {
  const rules = useContributionRules();
  return (
    <>
      <p className="question-wide quiet">
        {rules?.invitationRequired ? "All but the invitation" : "All of this"} is optional, and none of it is in a
        published record{rules?.employerClasses && " but the employer"}. Once a year, the answers of many contributors
        become tables of what affects pay, with noise that hides those of any one of them.
      </p>
      {NAMES.filter((name) => stepOf(name) === "about").map((name) => (
        <OptionalField key={name} name={name} />
      ))}
      <ScoreField name="jobSatisfaction" low="low" high="high" />
      <ScoreField name="careerGrowth" low="little" high="much" />
      <ScoreField name="workLifeBalance" low="bad" high="good" />
    </>
  );
}

/** A question about a factor, or one with a text. */
function OptionalField({ name }: { name: Name }) {
  const rules = useContributionRules();
  const question = questionOf(name);
  const { kind } = question;
  const hint = name === "employer" ? employerHint(rules) : question.hint;
  if (kind === "codes") return <FactorsField name={name as ManyName} factor={question.factor} hint={hint} />;
  if (kind === "code") return <FactorField name={name as OneName} factor={question.factor} hint={hint} />;
  return kind === "text" ? <TextField name={name as OneName} hint={hint} /> : null;
}

function employerHint(rules: ContributionRules | undefined): string | undefined {
  if (!rules) return undefined;
  if (!rules.employerClasses) return "Not published.";
  return `Published only if ${enoughContributors(rules)} share it with your role family, level and country.`;
}

/** The currency of all amounts. */
function CurrencyField() {
  const { value, setValue, field } = useQuestion("currency");
  const { currencies, error } = useCurrencies(value);
  return (
    <Question name="currency">
      <Field {...field} error={field.error ?? (error && "The list of currencies could not be loaded.")}>
        {(control) => (
          <select {...control} value={value} onChange={(event) => setValue(event.target.value)}>
            <option value="">Choose one</option>
            {currencies.map(({ code, label }) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Question>
  );
}

const TypicalPay = graphql(`
  query TypicalPay($role: Code!, $country: Code!, $currency: Currency!) {
    cohort(where: { role: [$role], country: [$country] }, currency: $currency) {
      label
      stats(measure: BASE_SALARY) { count p10 p90 }
    }
  }
`);

/** Warns if the base salary looks like pay for a month or an hour. The amount is compared here and not sent. */
function UnitWarning() {
  const { answers, change } = useForm();
  const { role, country, currency } = answers;
  const [{ data }] = useQuery({
    query: TypicalPay,
    variables: { role, country, currency },
    pause: !(role && country && currency),
  });
  const amount = numberAnswer(answers, "baseSalary");
  return <div role="status">{amount !== null && warning()}</div>;

  function warning() {
    const stats = data?.cohort.stats;
    if (!amount || stats?.p10 == null || stats.p90 == null) return null;
    const typical = { p10: stats.p10, p90: stats.p90 };
    if (!isUnusual(amount, typical)) return null;
    const guess = guessUnit(amount, typical);
    return (
      <div className="field-warning">
        <p>
          {guess ? `Is this per year? It looks like ${guess.unit}.` : "Is this per year, in units of the currency?"} 80%
          of {countOf(stats.count, "record")} ({data?.cohort.label}) are between {money(typical.p10, currency)} and{" "}
          {money(typical.p90, currency)} per year.
        </p>
        {guess && (
          <button
            type="button"
            className="button"
            onClick={() => change("baseSalary", String(Math.round(guess.yearly)))}
          >
            Change to {money(guess.yearly, currency)} per year
          </button>
        )}
        <p className="quiet">If it is correct, leave it.</p>
      </div>
    );
  }
}

/** Explains annualised equity and calculates it from a grant. */
function AnnualEquityHelp() {
  const { answers, change } = useForm();
  const [grant, setGrant] = useState("");
  const [years, setYears] = useState("4");
  const yearly = Math.round(parseAmount(grant) / parseAmount(years));
  const valid = Number.isFinite(yearly);
  return (
    <Help question="What is annualised equity?">
      <p>
        One year’s share of your grant: its value at today’s price divided by its vesting years. A grant of 160,000 over
        four years is 40,000 per year. Leave out options that are worth nothing at today’s price.
      </p>
      <div className="field-group">
        <AmountField label="Value of the grant" value={grant} onChange={setGrant} />
        <AmountField label="Vesting years" value={years} onChange={setYears} />
      </div>
      <button type="button" className="button" disabled={!valid} onClick={() => change("equity", String(yearly))}>
        {valid
          ? `Use ${answers.currency ? money(yearly, answers.currency) : yearly.toLocaleString("en")} per year`
          : "Use it"}
      </button>
    </Help>
  );
}
