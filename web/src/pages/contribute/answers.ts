/** What someone has typed so far, as it was typed; empty stands for untold. Codes are those of `factorValues`. */
export interface Answers {
  role: string;
  specializations: readonly string[];
  level: string;
  experience: string;
  employmentType: string;
  workMode: string;
  country: string;
  metro: string;
  subdivision: string;
  currency: string;
  baseSalary: string;
  bonus: string;
  equity: string;
  effective: string;
  benefits: readonly string[];
  initialOffer: string;
  competingOffers: string;
  education: string;
  fieldOfStudy: string;
  certifications: readonly string[];
  skills: readonly string[];
  employer: string;
  employerSize: string;
  employerType: string;
  industry: string;
  jobSatisfaction: string;
  careerGrowth: string;
  workLifeBalance: string;
}

export type Name = keyof Answers;
type NameOf<T> = { [N in Name]: Answers[N] extends T ? N : never }[Name];
/** Questions with one answer, and those with several. */
export type OneName = NameOf<string>;
export type ManyName = NameOf<readonly string[]>;

/** What is to be said of answers, by their questions. */
export type Remarks = Partial<Record<Name, string>>;

/** 2026-11 */
export function thisMonth(today = new Date()): string {
  return `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}`;
}

export function noAnswers(): Answers {
  return {
    role: "",
    specializations: [],
    level: "",
    experience: "",
    employmentType: "full-time",
    workMode: "",
    country: "",
    metro: "",
    subdivision: "",
    currency: "",
    baseSalary: "",
    bonus: "",
    equity: "",
    effective: thisMonth(),
    benefits: [],
    initialOffer: "",
    competingOffers: "",
    education: "",
    fieldOfStudy: "",
    certifications: [],
    skills: [],
    employer: "",
    employerSize: "",
    employerType: "",
    industry: "",
    jobSatisfaction: "",
    careerGrowth: "",
    workLifeBalance: "",
  };
}

export function isTold(answer: string | readonly string[]): boolean {
  return typeof answer === "string" ? answer.trim() !== "" : answer.length > 0;
}
