import { amountOf, wholeOf } from "../../components/amount";
import { graphql } from "../../gql";
import type { SalarySubmissionInput } from "../../gql/graphql";
import type { Sent } from "./draft";
import { type Answers, LABELS, type Name, type Remarks } from "./questions";

export const SubmitSalary = graphql(`
  mutation SubmitSalary($input: SalarySubmissionInput!) {
    submitSalary(input: $input) {
      submission { ...Status }
      receipt
      userErrors { code message field }
    }
  }
`);

/** Answers as the service takes them: codes of closed factors become enum values, what is empty stays untold. */
export function submissionOf(answers: Answers, key: string): Sent {
  return {
    idempotencyKey: key,
    role: answers.role,
    specializations: some(answers.specializations),
    level: enumOf<SalarySubmissionInput["level"]>(answers.level),
    experience: wholeOf(answers.experience),
    employmentType: chosen(answers.employmentType) ?? "FULL_TIME",
    workMode: enumOf<SalarySubmissionInput["workMode"]>(answers.workMode),
    country: answers.country,
    metro: text(answers.metro),
    subdivision: answers.metro ? null : text(answers.subdivision), // a metropolitan area brings its own
    industry: text(answers.industry),
    employer: text(answers.employer),
    employerSize: chosen(answers.employerSize),
    employerType: chosen(answers.employerType),
    education: chosen(answers.education),
    fieldOfStudy: text(answers.fieldOfStudy),
    certifications: some(answers.certifications),
    skills: some(answers.skills),
    currency: answers.currency,
    baseSalary: amountOf(answers.baseSalary),
    bonus: amount(answers.bonus),
    equity: amount(answers.equity),
    benefits: some(answers.benefits),
    initialOffer: amount(answers.initialOffer),
    competingOffers: whole(answers.competingOffers),
    jobSatisfaction: whole(answers.jobSatisfaction),
    careerGrowth: whole(answers.careerGrowth),
    workLifeBalance: whole(answers.workLifeBalance),
    effective: answers.effective,
  };
}

/** on-site, as `factorValues` has it, as ON_SITE, as an input has it. */
export function enumOf<T extends string>(code: string): T {
  return code.toUpperCase().replaceAll("-", "_") as T;
}

function chosen<T extends string>(code: string): T | null {
  return code ? enumOf<T>(code) : null;
}

function text(typed: string): string | null {
  return typed.trim() || null;
}

function some(codes: readonly string[]): string[] | null {
  return codes.length ? [...codes] : null;
}

function amount(typed: string): number | null {
  return typed.trim() ? amountOf(typed) : null;
}

function whole(typed: string): number | null {
  return typed.trim() ? wholeOf(typed) : null;
}

interface Told {
  message: string;
  field: readonly string[] | null;
}

/** What the service found wrong: by question where it is about one (input, skills, 2), the rest as it is. */
export function placed(errors: readonly Told[]): { remarks: Remarks; others: string[] } {
  const remarks: Remarks = {};
  const others: string[] = [];
  for (const { message, field } of errors) {
    const name = field?.[1];
    if (name && name in LABELS) remarks[name as Name] = [remarks[name as Name], message].filter(Boolean).join(" ");
    else others.push(message);
  }
  return { remarks, others };
}
