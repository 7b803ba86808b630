import type { OfferInput } from "../../gql/graphql";
import { NOBODY, profileInput, profileProblems, type Profile, type ProfileProblems } from "../../parts/profile";
import { amountOf } from "../../parts/amount";

export const MOST = 5;

/** An offer as it stands in the form and in the address; amounts as they were typed. */
export interface Offer {
  label: string;
  profile: Profile;
  currency: string;
  base: string;
  bonus: string;
  signOn: string;
  grant: string;
  vesting: string;
}

export const NEW_OFFER: Offer = {
  label: "",
  profile: { ...NOBODY, employmentType: "full-time" },
  currency: "USD",
  base: "",
  bonus: "",
  signOn: "",
  grant: "",
  vesting: "4",
};

export interface Problems extends ProfileProblems {
  base?: string;
  bonus?: string;
  signOn?: string;
  grant?: string;
  vesting?: string;
}

/** What an offer is called: its label, or its number among the others. */
export function nameOf(offer: Offer, number: number): string {
  return offer.label.trim() || `Offer ${number + 1}`;
}

/** What is to be put right before the service can be asked; empty for a good offer. */
export function problemsOf(offer: Offer): Problems {
  const problems: Problems = profileProblems(offer.profile);
  const { base, vesting } = offer;
  if (!(amountOf(base) > 0)) problems.base = base.trim() ? "An amount such as 95,000 or 95k." : "Give the base salary of a year.";
  for (const part of ["bonus", "signOn", "grant"] as const) {
    if (offer[part].trim() && Number.isNaN(amountOf(offer[part]))) problems[part] = "An amount such as 20,000 or 20k; empty for none.";
  }
  const years = Number(vesting.trim() || "4");
  if (!(years >= 1 && years <= 10)) problems.vesting = "From 1 to 10 years.";
  return problems;
}

/** A good offer as the service takes it. */
export function offerInput(offer: Offer, number: number): OfferInput {
  return {
    label: nameOf(offer, number),
    profile: profileInput(offer.profile),
    currency: offer.currency,
    baseSalary: amountOf(offer.base),
    targetBonus: amountOf(offer.bonus) || 0,
    signOnBonus: amountOf(offer.signOn) || 0,
    equityGrant: amountOf(offer.grant) || 0,
    vestingYears: Number(offer.vesting.trim() || "4"),
  };
}
