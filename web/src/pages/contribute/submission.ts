import { parseAmount, parseWhole } from "../../components/amount";
import { asEnum } from "../../components/profile";
import { graphql } from "../../gql";
import type { SalarySubmissionInput } from "../../gql/graphql";
import type { Submission } from "./draft";
import { type Answers, LABELS, type Messages, type Name } from "./questions";

export const SubmitSalary = graphql(`
  mutation SubmitSalary($input: SalarySubmissionInput!) {
    submitSalary(input: $input) {
      submission { ...Status }
      receipt
      userErrors { code message field }
    }
  }
`);

/** Answers as the API's input; empty ones are null. */
export function submissionOf(answers: Answers, key: string): Submission {
  return {
    idempotencyKey: key,
    role: answers.role,
    specializations: listOrNull(answers.specializations),
    level: asEnum<SalarySubmissionInput["level"]>(answers.level),
    experience: parseWhole(answers.experience),
    employmentType: enumOrNull(answers.employmentType) ?? "FULL_TIME",
    workMode: asEnum<SalarySubmissionInput["workMode"]>(answers.workMode),
    country: answers.country,
    metro: textOrNull(answers.metro),
    subdivision: answers.metro ? null : textOrNull(answers.subdivision), // implied by the metropolitan area
    industry: textOrNull(answers.industry),
    employer: textOrNull(answers.employer),
    employerSize: enumOrNull(answers.employerSize),
    employerType: enumOrNull(answers.employerType),
    education: enumOrNull(answers.education),
    fieldOfStudy: textOrNull(answers.fieldOfStudy),
    certifications: listOrNull(answers.certifications),
    skills: listOrNull(answers.skills),
    currency: answers.currency,
    baseSalary: parseAmount(answers.baseSalary),
    bonus: amountOrNull(answers.bonus),
    equity: amountOrNull(answers.equity),
    benefits: listOrNull(answers.benefits),
    initialOffer: amountOrNull(answers.initialOffer),
    competingOffers: wholeOrNull(answers.competingOffers),
    jobSatisfaction: wholeOrNull(answers.jobSatisfaction),
    careerGrowth: wholeOrNull(answers.careerGrowth),
    workLifeBalance: wholeOrNull(answers.workLifeBalance),
    effective: answers.effective,
  };
}

function enumOrNull<T extends string>(code: string): T | null {
  return code ? asEnum<T>(code) : null;
}

function textOrNull(text: string): string | null {
  return text.trim() || null;
}

function listOrNull(codes: readonly string[]): string[] | null {
  return codes.length ? [...codes] : null;
}

function amountOrNull(text: string): number | null {
  return text.trim() ? parseAmount(text) : null;
}

function wholeOrNull(text: string): number | null {
  return text.trim() ? parseWhole(text) : null;
}

interface UserError {
  message: string;
  /** The path of the input field, such as input, skills, 2. */
  field: readonly string[] | null;
}

/** The errors of a mutation by question, and those that belong to none. */
export function errorsByQuestion(errors: readonly UserError[]): { messages: Messages; others: string[] } {
  const messages: Messages = {};
  const others: string[] = [];
  for (const { message, field } of errors) {
    const name = field?.[1];
    if (name && name in LABELS) messages[name as Name] = [messages[name as Name], message].filter(Boolean).join(" ");
    else others.push(message);
  }
  return { messages, others };
}
