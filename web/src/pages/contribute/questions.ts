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

export type StepId = "work" | "place" | "pay" | "about" | "send";

interface Step {
  id: StepId;
  title: string;
  /** The questions that it asks, in their order. */
  asks: readonly Name[];
}

export const STEPS: readonly Step[] = [
  { id: "work", title: "Work", asks: ["role", "specializations", "level", "experience", "workMode", "employmentType"] },
  { id: "place", title: "Place", asks: ["country", "metro", "subdivision"] },
  {
    id: "pay",
    title: "Pay",
    asks: ["currency", "baseSalary", "bonus", "equity", "effective", "benefits", "initialOffer", "competingOffers"],
  },
  {
    id: "about",
    title: "You and the job",
    asks: [
      ...(["education", "fieldOfStudy", "certifications", "skills"] as const),
      ...(["employer", "employerSize", "employerType", "industry"] as const),
      ...(["jobSatisfaction", "careerGrowth", "workLifeBalance"] as const),
    ],
  },
  { id: "send", title: "Check and send", asks: [] },
];

export const REQUIRED: ReadonlySet<Name> = new Set<Name>([
  "role",
  "level",
  "experience",
  "workMode",
  "country",
  "currency",
  "baseSalary",
  "effective",
]);

export const LABELS: Readonly<Record<Name, string>> = {
  role: "Role",
  specializations: "Fields within machine learning",
  level: "Level",
  experience: "Years of experience",
  workMode: "Where you work",
  employmentType: "Kind of contract",
  country: "Country",
  metro: "Metropolitan area",
  subdivision: "State, province or region",
  currency: "Currency of all amounts",
  baseSalary: "Base salary a year",
  bonus: "Bonus a year",
  equity: "Equity a year",
  effective: "Month the pay is of",
  benefits: "Benefits beside pay",
  initialOffer: "Their first offer, a year’s total",
  competingOffers: "Other offers you had",
  education: "Highest degree",
  fieldOfStudy: "Field of study",
  certifications: "Certificates",
  skills: "Languages, frameworks and tools",
  employer: "Employer",
  employerSize: "Size of the employer",
  employerType: "Kind of employer",
  industry: "Industry",
  jobSatisfaction: "Satisfaction with the job",
  careerGrowth: "Room to grow",
  workLifeBalance: "Balance of work and life",
};

/** The step that asks a question. */
export function stepOf(name: Name): StepId {
  return STEPS.find((step) => step.asks.includes(name))?.id ?? "send";
}

/** The first question, in the order of the steps, that something is to be said of. */
export function firstOf(remarks: Partial<Record<Name, string>>): Name | undefined {
  return STEPS.flatMap((step) => step.asks).find((name) => remarks[name]);
}
