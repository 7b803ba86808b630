import { AnnualEquity } from "./annual-equity";
import { Help, Line, PickMany } from "./asks";
import { CurrencySelect } from "./currency-select";
import { MoneyLine } from "./money-line";
import { MonthLine } from "./month-line";
import { YearlyQuestion } from "./yearly-question";

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
          <p>What you were paid in the last twelve months, or the target if you are new. No sign-on bonus: it comes only once.</p>
        </Help>
      </MoneyLine>
      <MoneyLine name="equity" hint="0 if you get none; empty if you would rather not tell.">
        <AnnualEquity />
      </MoneyLine>
      <PickMany name="benefits" factor="BENEFIT" hint="As many as you have." />
      <MoneyLine name="initialOffer" hint="Only if you negotiated: base salary, bonus and equity of a year together. Never told of a single record." />
      <Line name="competingOffers" keys="numeric" hint="How many others you had at hand, 0 to 20. Never told of a single record." />
    </>
  );
}
