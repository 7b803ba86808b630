import { NOBODY } from "../../parts/profile";
import { MOST, NEW_OFFER, type Offer } from "./offers";

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
  const there = endings.filter((end) => ["experience", ...TEXTS, ...CODES, ...LISTS].some((name) => params.has(name + end)));
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
