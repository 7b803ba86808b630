/** The answers as typed so far, empty if unanswered. Codes are those of `factorValues`. */
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
/** Questions with one answer, and with several. */
export type OneName = NameOf<string>;
export type ManyName = NameOf<readonly string[]>;

/** Messages by question. */
export type Messages = Partial<Record<Name, string>>;

/** 2026-11 */
export function thisMonth(today = new Date()): string {
  return `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}`;
}

export function emptyAnswers(): Answers {
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

export function isAnswered(answer: string | readonly string[]): boolean {
  return typeof answer === "string" ? answer.trim() !== "" : answer.length > 0;
}

export type StepId = "work" | "place" | "pay" | "about" | "send";

interface Step {
  id: StepId;
  title: string;
  questions: readonly Name[];
}

export const STEPS: readonly Step[] = [
  {
    id: "work",
    title: "Work",
    questions: ["role", "specializations", "level", "experience", "workMode", "employmentType"],
  },
  { id: "place", title: "Place", questions: ["country", "metro", "subdivision"] },
  {
    id: "pay",
    title: "Pay",
    questions: [
      ...(["currency", "baseSalary", "bonus", "equity"] as const),
      ...(["effective", "benefits", "initialOffer", "competingOffers"] as const),
    ],
  },
  {
    id: "about",
    title: "You and the job",
    questions: [
      ...(["education", "fieldOfStudy", "certifications", "skills"] as const),
      ...(["employer", "employerSize", "employerType", "industry"] as const),
      ...(["jobSatisfaction", "careerGrowth", "workLifeBalance"] as const),
    ],
  },
  { id: "send", title: "Check and send", questions: [] },
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
  specializations: "Machine-learning specialisations",
  level: "Level",
  experience: "Years of experience",
  workMode: "Work mode",
  employmentType: "Employment type",
  country: "Country",
  metro: "Metropolitan area",
  subdivision: "State, province or region",
  currency: "Currency of all amounts",
  baseSalary: "Base salary per year",
  bonus: "Bonus per year",
  equity: "Equity per year",
  effective: "Month of this pay",
  benefits: "Benefits",
  initialOffer: "First offer, total per year",
  competingOffers: "Competing offers",
  education: "Highest degree",
  fieldOfStudy: "Field of study",
  certifications: "Certifications",
  skills: "Languages, frameworks and tools",
  employer: "Employer",
  employerSize: "Employer size",
  employerType: "Employer type",
  industry: "Industry",
  jobSatisfaction: "Job satisfaction",
  careerGrowth: "Career growth",
  workLifeBalance: "Work-life balance",
};

/** The step of a question. */
export function stepOf(name: Name): StepId {
  return STEPS.find((step) => step.questions.includes(name))?.id ?? "send";
}

/** The first question with a message, in the order of the steps. */
export function firstQuestion(messages: Messages): Name | undefined {
  return STEPS.flatMap((step) => step.questions).find((name) => messages[name]);
}
