import type { ProfileInput } from "../gql/graphql";

/** A job profile as a form and a URL hold it: codes as in `factorValues`, null or "" for what is left out. */
export interface Profile {
  role: string | null;
  level: string | null;
  experience: string;
  employmentType: string | null;
  workMode: string | null;
  country: string | null;
  subdivision: string | null;
  metro: string | null;
  industry: string | null;
  employer: string | null;
  employerSize: string | null;
  employerType: string | null;
  education: string | null;
  specializations: readonly string[];
  skills: readonly string[];
  certifications: readonly string[];
}

export const EMPTY_PROFILE: Profile = {
  role: null,
  level: null,
  experience: "",
  employmentType: null,
  workMode: null,
  country: null,
  subdivision: null,
  metro: null,
  industry: null,
  employer: null,
  employerSize: null,
  employerType: null,
  education: null,
  specializations: [],
  skills: [],
  certifications: [],
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
  const { role, country, experience, ...rest } = profile;
  return {
    ...rest,
    role: role ?? "",
    country: country ?? "",
    experience: experience.trim() ? Number(experience) : null,
    level: asEnum(rest.level),
    employmentType: asEnum(rest.employmentType),
    workMode: asEnum(rest.workMode),
    employerSize: asEnum(rest.employerSize),
    employerType: asEnum(rest.employerType),
    education: asEnum(rest.education),
    specializations: [...rest.specializations],
    skills: [...rest.skills],
    certifications: [...rest.certifications],
  };
}

/** The name of a code in the schema's enums: ON_SITE for on-site. */
export function asEnum<Name extends string>(code: string): Name;
export function asEnum<Name extends string>(code: string | null): Name | null;
export function asEnum<Name extends string>(code: string | null): Name | null {
  return code === null ? null : (code.toUpperCase().replaceAll("-", "_") as Name);
}
