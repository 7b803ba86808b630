import type { Factor, SalarySubmissionInput } from "../../gql/graphql";

export type StepId = "work" | "place" | "pay" | "about" | "send";

/** How a question is answered: a code or codes of a factor, an amount per year, a whole number, or text. */
type Kind =
  | { kind: "code" | "codes"; factor: Factor }
  | { kind: "amount"; min: 0 | 1 }
  | { kind: "number"; max: number }
  | { kind: "text" };
export type Definition = Kind & { step: StepId; label: string; hint?: string; required?: true };

/** All questions, named as in the API's input, in the order of the form. */
const QUESTIONS = {
  role: { step: "work", kind: "code", factor: "ROLE", label: "Role", required: true },
  specializations: {
    step: "work",
    kind: "codes",
    factor: "SPECIALIZATION",
    label: "Machine-learning specializations",
  },
  level: { step: "work", kind: "code", factor: "LEVEL", label: "Level", required: true },
  experience: { step: "work", kind: "number", max: 60, label: "Years of experience", required: true },
  workMode: { step: "work", kind: "code", factor: "WORK_MODE", label: "Work mode", required: true },
  employmentType: { step: "work", kind: "code", factor: "EMPLOYMENT_TYPE", label: "Employment type" },
  country: { step: "place", kind: "code", factor: "COUNTRY", label: "Country", required: true },
  metro: { step: "place", kind: "code", factor: "METRO", label: "Metro area" },
  subdivision: { step: "place", kind: "code", factor: "SUBDIVISION", label: "State, province or region" },
  currency: { step: "pay", kind: "text", label: "Currency of all amounts", required: true },
  baseSalary: { step: "pay", kind: "amount", min: 1, label: "Base salary per year", required: true },
  bonus: { step: "pay", kind: "amount", min: 0, label: "Bonus per year" },
  equity: { step: "pay", kind: "amount", min: 0, label: "Equity per year" },
  effective: { step: "pay", kind: "text", label: "Month of this pay", required: true },
  benefits: { step: "pay", kind: "codes", factor: "BENEFIT", label: "Benefits" },
  initialOffer: { step: "pay", kind: "amount", min: 1, label: "First offer, total per year" },
  competingOffers: { step: "pay", kind: "number", max: 20, label: "Competing offers" },
  invitation: {
    step: "about",
    kind: "text",
    label: "Invitation",
    hint: "A code that can be used once, from the operator of this service. It is not stored with your answers.",
  },
  education: { step: "about", kind: "code", factor: "EDUCATION", label: "Highest education" },
  fieldOfStudy: { step: "about", kind: "code", factor: "FIELD_OF_STUDY", label: "Field of study" },
  skills: {
    step: "about",
    kind: "codes",
    factor: "SKILL",
    label: "Languages, frameworks and tools",
    hint: "Those you use in this job.",
  },
  certifications: { step: "about", kind: "codes", factor: "CERTIFICATION", label: "Certifications" },
  employer: { step: "about", kind: "text", label: "Employer" },
  industry: { step: "about", kind: "code", factor: "INDUSTRY", label: "Industry" },
  employerSize: { step: "about", kind: "code", factor: "EMPLOYER_SIZE", label: "Employer size" },
  employerType: { step: "about", kind: "code", factor: "EMPLOYER_TYPE", label: "Employer type" },
  jobSatisfaction: { step: "about", kind: "number", max: 5, label: "Job satisfaction" },
  careerGrowth: { step: "about", kind: "number", max: 5, label: "Career growth" },
  workLifeBalance: { step: "about", kind: "number", max: 5, label: "Work-life balance" },
} as const satisfies Partial<Record<keyof SalarySubmissionInput, Definition>>;

export type Name = keyof typeof QUESTIONS;
/** Questions with one answer, and with several. */
export type ManyName = { [N in Name]: (typeof QUESTIONS)[N]["kind"] extends "codes" ? N : never }[Name];
export type OneName = Exclude<Name, ManyName>;

/** The answers as typed so far, empty if unanswered. Codes are those of `factorValues`. */
export type Answers = Record<OneName, string> & Record<ManyName, readonly string[]>;

/** Messages by question. */
export type Messages = Partial<Record<Name, string>>;

export const NAMES = Object.keys(QUESTIONS) as Name[];

/** The definition of a question. */
export function questionOf(name: Name): Definition {
  return QUESTIONS[name];
}

/** 2026-11: the month in UTC, as the service has it. */
export function thisMonth(today = new Date()): string {
  return today.toISOString().slice(0, 7);
}

/** The same month a year ago, the earliest whose pay is accepted. */
export function earliestMonth(today = new Date()): string {
  return thisMonth(new Date(Date.UTC(today.getUTCFullYear() - 1, today.getUTCMonth())));
}

export function emptyAnswers(): Answers {
  const empty = NAMES.map((name) => [name, questionOf(name).kind === "codes" ? [] : ""]);
  return { ...(Object.fromEntries(empty) as Answers), employmentType: "full-time", effective: thisMonth() };
}

export function isAnswered(answer: string | readonly string[]): boolean {
  return typeof answer === "string" ? answer.trim() !== "" : answer.length > 0;
}

interface Step {
  id: StepId;
  title: string;
  questions: readonly Name[];
}

export const STEPS: readonly Step[] = (
  [
    ["work", "Work"],
    ["place", "Place"],
    ["pay", "Pay"],
    ["about", "You and the job"],
    ["send", "Check and send"],
  ] as const
).map(([id, title]) => ({ id, title, questions: NAMES.filter((name) => questionOf(name).step === id) }));

export const REQUIRED: ReadonlySet<Name> = new Set(NAMES.filter((name) => questionOf(name).required));
const REQUIRED_BY_INVITATION: ReadonlySet<Name> = new Set([...REQUIRED, "invitation"]);

/** The questions that need an answer; the invitation too in a service that requires one. */
export function requiredQuestions(needsInvitation: boolean): ReadonlySet<Name> {
  return needsInvitation ? REQUIRED_BY_INVITATION : REQUIRED;
}

/** The step of a question. */
export function stepOf(name: Name): StepId {
  return questionOf(name).step;
}

/** The first question with a message, in the order of the steps. */
export function firstQuestion(messages: Messages): Name | undefined {
  return NAMES.find((name) => messages[name]);
}
