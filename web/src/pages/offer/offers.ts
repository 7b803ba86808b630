import { markProblem, parseAmount } from "../../components/amount";
import {
  byName,
  CODE_NAMES,
  EMPTY_PROFILE,
  LIST_NAMES,
  type Profile,
  type ProfileProblems,
  profileInput,
  profileProblems,
} from "../../components/profile";
import type { OfferInput } from "../../gql/graphql";

export const MAX_OFFERS = 5;

/** An offer as in the form and the URL's fragment; amounts as typed. */
export interface Offer {
  label: string;
  profile: Profile;
  /** A code; "" in a form whose currency is that of its country. */
  currency: string;
  base: string;
  bonus: string;
  signOn: string;
  grant: string;
  vesting: string;
}

export const DEFAULT_CURRENCY = "USD";

export const NEW_OFFER: Offer = {
  label: "",
  profile: { ...EMPTY_PROFILE, employmentType: "full-time" },
  currency: "",
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

/** The name of an offer: its label, or its position. */
export function nameOf(offer: Offer, index: number): string {
  return offer.label.trim() || `Offer ${index + 1}`;
}

/** The errors of an offer by field; empty if it is valid. */
export function problemsOf(offer: Offer): Problems {
  const problems: Problems = profileProblems(offer.profile);
  const { base, vesting, currency } = offer;
  if (!(parseAmount(base) > 0)) {
    problems.base = base.trim() ? "Enter an amount such as 95,000 or 95k." : "Enter the base salary per year.";
  }
  for (const part of ["bonus", "signOn", "grant"] as const) {
    if (offer[part].trim() && Number.isNaN(parseAmount(offer[part]))) {
      problems[part] = "Enter an amount such as 20,000 or 20k; leave it empty for none.";
    }
  }
  for (const part of ["base", "bonus", "signOn", "grant"] as const) {
    const problem = problems[part] || markProblem(offer[part], currency);
    if (problem) problems[part] = problem;
  }
  const years = Number(vesting.trim() || "4");
  if (!(years >= 1 && years <= 10)) problems.vesting = "Enter 1 to 10 years.";
  return problems;
}

/** A valid offer as the API's input. */
export function offerInput(offer: Offer, index: number): OfferInput {
  return {
    label: nameOf(offer, index),
    profile: profileInput(offer.profile),
    currency: offer.currency,
    baseSalary: parseAmount(offer.base),
    targetBonus: parseAmount(offer.bonus) || 0,
    signOnBonus: parseAmount(offer.signOn) || 0,
    equityGrant: parseAmount(offer.grant) || 0,
    vestingYears: Number(offer.vesting.trim() || "4"),
  };
}

// In a URL's fragment an offer is role=data-scientist&country=us&base=150000; the names of the second offer end with .2, and so on.

const TEXTS = ["label", "currency", "base", "bonus", "signOn", "grant", "vesting"] as const;

/** The offers in the parameters of a URL's fragment. */
export function offersOf(params: URLSearchParams): Offer[] {
  const names = ["experience", ...TEXTS, ...CODE_NAMES, ...LIST_NAMES];
  const suffixes = Array.from({ length: MAX_OFFERS }, (_, index) => suffixOf(index));
  const used = suffixes.filter((suffix) => names.some((name) => params.has(name + suffix)));
  return used.map((suffix) => {
    const get = (name: string) => params.get(name + suffix);
    const currency = get("currency") ?? "";
    return {
      ...NEW_OFFER,
      ...byName(TEXTS, (name) => get(name) ?? ""),
      currency: /^[A-Z]{3}$/.test(currency) ? currency : DEFAULT_CURRENCY,
      vesting: get("vesting") ?? NEW_OFFER.vesting,
      profile: {
        ...EMPTY_PROFILE,
        experience: get("experience") ?? "",
        ...byName(CODE_NAMES, get),
        ...byName(LIST_NAMES, (name) => get(name)?.split(",").filter(Boolean) ?? []),
      },
    };
  });
}

/** The parameters of offers, without empty fields. */
export function paramsOf(offers: readonly Offer[]): URLSearchParams {
  const params = new URLSearchParams();
  offers.forEach((offer, index) => {
    const suffix = suffixOf(index);
    const set = (name: string, text: string | null) => text?.trim() && params.set(name + suffix, text.trim());
    for (const name of TEXTS) set(name, offer[name]);
    set("experience", offer.profile.experience);
    for (const name of CODE_NAMES) set(name, offer.profile[name]);
    for (const name of LIST_NAMES) set(name, offer.profile[name].join(","));
  });
  return params;
}

function suffixOf(index: number): string {
  return index ? `.${index + 1}` : "";
}
