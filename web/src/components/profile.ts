import type { ProfileInput } from "../gql/graphql";

/** Who some pay is for, as a form and an address tell it: codes as `factorValues` has them, and null or "" for what is left out. */
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

export const NOBODY: Profile = {
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

/** What is wrong with a profile that the service would refuse. */
export function profileProblems({ role, country, experience }: Profile): ProfileProblems {
  const problems: ProfileProblems = {};
  if (!role) problems.role = "Choose a role, or the family that comes nearest.";
  if (!country) problems.country = "Choose the country that the work is done in.";
  if (experience.trim() && !/^([0-5]?\d|60)$/.test(experience.trim()))
    problems.experience = "Whole years, from 0 to 60.";
  return problems;
}

/** A profile without problems as the service takes it. */
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

/** The name that the schema's enums have for a code of a closed factor: on-site is ON_SITE. */
export function asEnum<Name extends string>(code: string | null): Name | null {
  return code === null ? null : (code.toUpperCase().replaceAll("-", "_") as Name);
}
