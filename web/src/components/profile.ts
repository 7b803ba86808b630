import type { Factor, ProfileInput } from "../gql/graphql";
import { asEnum, isEnum } from "./conditions";

/** A factor of a profile: its name in the API's input, and its label and hint on the form. */
interface ProfileField {
  name: keyof ProfileInput;
  factor: Factor;
  label: string;
  hint?: string;
}

/** The factors of the job and its place, which the form shows first. */
const WORK_FIELDS = [
  "role",
  "level",
  "country",
  "subdivision",
  "metro",
] as const satisfies readonly (keyof ProfileInput)[];

/** The other factors with one value, in the order of the form. */
export const MORE_FIELDS = [
  { name: "education", factor: "EDUCATION", label: "Highest education" },
  { name: "workMode", factor: "WORK_MODE", label: "On site or remote" },
  { name: "employmentType", factor: "EMPLOYMENT_TYPE", label: "Employment type" },
  { name: "industry", factor: "INDUSTRY", label: "Industry" },
  { name: "employerType", factor: "EMPLOYER_TYPE", label: "Employer type" },
  { name: "employerSize", factor: "EMPLOYER_SIZE", label: "Employer size" },
  { name: "employer", factor: "EMPLOYER", label: "Employer", hint: "Employers with enough records" },
] as const satisfies readonly ProfileField[];

/** The factors with several values, in the order of the form. */
export const LIST_FIELDS = [
  { name: "specializations", factor: "SPECIALIZATION", label: "Fields of machine learning" },
  { name: "skills", factor: "SKILL", label: "Languages and tools" },
  { name: "certifications", factor: "CERTIFICATION", label: "Certifications" },
] as const satisfies readonly ProfileField[];

type CodeName = (typeof WORK_FIELDS)[number] | (typeof MORE_FIELDS)[number]["name"];
type ListName = (typeof LIST_FIELDS)[number]["name"];

/** The names of the fields with one code, and of those with several. */
export const CODE_NAMES: readonly CodeName[] = [...WORK_FIELDS, ...MORE_FIELDS.map(({ name }) => name)];
export const LIST_NAMES: readonly ListName[] = LIST_FIELDS.map(({ name }) => name);

/** A job profile as a form and a URL hold it: codes as in `factorValues`, null or "" for what is left out. */
export type Profile = { experience: string } & Record<CodeName, string | null> & Record<ListName, readonly string[]>;

export const EMPTY_PROFILE: Profile = {
  experience: "",
  ...byName(CODE_NAMES, () => null),
  ...byName(LIST_NAMES, () => []),
};

export type ProfileProblems = Partial<Record<keyof Profile, string>>;

/** What the service would reject in a profile, by field. */
export function profileProblems({ role, country, experience }: Profile): ProfileProblems {
  const problems: ProfileProblems = {};
  if (!role) problems.role = "Choose a role, or the closest role family.";
  if (!country) problems.country = "Choose the country you work in.";
  if (experience.trim() && !/^([0-5]?\d|60)$/.test(experience.trim()))
    problems.experience = "A whole number of years from 0 to 60.";
  return problems;
}

/** A valid profile as the API's input. */
export function profileInput(profile: Profile): ProfileInput {
  const enums = [{ name: "level", factor: "LEVEL" } as const, ...MORE_FIELDS].filter(({ factor }) => isEnum(factor));
  const input = {
    ...profile,
    ...Object.fromEntries(enums.map(({ name }) => [name, asEnum(profile[name])])),
    experience: profile.experience.trim() ? Number(profile.experience) : null,
  } satisfies Record<keyof ProfileInput, unknown>;
  return input as ProfileInput;
}

/** An object with a value for each name. */
export function byName<Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value) {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
