import { parseAmount, parseWhole } from "../../components/amount";
import { asEnum, isEnum } from "../../components/conditions";
import { graphql } from "../../gql";
import type { Submission } from "./draft";
import { type Answers, isAnswered, type Messages, NAMES, questionOf } from "./questions";

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
  const input = Object.fromEntries(NAMES.map((name) => [name, inputOf(questionOf(name), answers[name])]));
  return {
    ...input,
    idempotencyKey: key,
    employmentType: input.employmentType ?? "FULL_TIME",
    subdivision: answers.metro ? null : input.subdivision, // implied by the metropolitan area
  } as Submission;
}

function inputOf(question: ReturnType<typeof questionOf>, answer: string | readonly string[]) {
  if (!isAnswered(answer)) return null;
  if (typeof answer !== "string") return [...answer];
  switch (question.kind) {
    case "code":
      return isEnum(question.factor) ? asEnum(answer) : answer;
    case "amount":
      return parseAmount(answer);
    case "number":
      return parseWhole(answer);
    default:
      return answer.trim();
  }
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
    const name = NAMES.find((one) => one === field?.[1]);
    if (name) messages[name] = [messages[name], message].filter(Boolean).join(" ");
    else others.push(message);
  }
  return { messages, others };
}
