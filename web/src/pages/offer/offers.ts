import { amountOf } from "../../components/amount";
import { NOBODY, type Profile, type ProfileProblems, profileInput, profileProblems } from "../../components/profile";
import type { OfferInput } from "../../gql/graphql";

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
  if (!(amountOf(base) > 0))
    problems.base = base.trim() ? "An amount such as 95,000 or 95k." : "Give the base salary of a year.";
  for (const part of ["bonus", "signOn", "grant"] as const) {
    if (offer[part].trim() && Number.isNaN(amountOf(offer[part])))
      problems[part] = "An amount such as 20,000 or 20k; empty for none.";
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

// In the address an offer is role=data-scientist&country=us&base=150000; the names of the second one end with .2, and so on.

const TEXTS = ["label", "currency", "base", "bonus", "signOn", "grant", "vesting"] as const;
const CODES = [
  "role",
  "level",
  "employmentType",
  "workMode",
  "country",
  "subdivision",
  "metro",
  "industry",
  "employer",
  "employerSize",
  "employerType",
  "education",
] as const;
const LISTS = ["specializations", "skills", "certifications"] as const;

/** The offers of an address, in their order. */
export function offersOf(params: URLSearchParams): Offer[] {
  const endings = Array.from({ length: MOST }, (_, number) => ending(number));
  const there = endings.filter((end) =>
    ["experience", ...TEXTS, ...CODES, ...LISTS].some((name) => params.has(name + end)),
  );
  return there.map((end) => {
    const told = (name: string) => params.get(name + end);
    return {
      ...NEW_OFFER,
      ...named(TEXTS, (name) => told(name) ?? ""),
      currency: /^[A-Z]{3}$/.test(told("currency") ?? "") ? told("currency")! : NEW_OFFER.currency,
      vesting: told("vesting") ?? NEW_OFFER.vesting,
      profile: {
        ...NOBODY,
        experience: told("experience") ?? "",
        ...named(CODES, told),
        ...named(LISTS, (name) => told(name)?.split(",").filter(Boolean) ?? []),
      },
    };
  });
}

/** The address of offers: only what they tell. */
export function addressOf(offers: readonly Offer[]): URLSearchParams {
  const params = new URLSearchParams();
  offers.forEach((offer, number) => {
    const tell = (name: string, text: string | null) => text?.trim() && params.set(name + ending(number), text.trim());
    for (const name of TEXTS) tell(name, offer[name]);
    tell("experience", offer.profile.experience);
    for (const name of CODES) tell(name, offer.profile[name]);
    for (const name of LISTS) tell(name, offer.profile[name].join(","));
  });
  return params;
}

function ending(number: number): string {
  return number ? `.${number + 1}` : "";
}

function named<Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value) {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
