import { expect, test } from "vitest";
import { EMPTY_PROFILE, profileInput } from "../src/components/profile";
import { emptyAnswers, NAMES, REQUIRED, STEPS } from "../src/pages/contribute/questions";
import { errorsByQuestion, submissionOf } from "../src/pages/contribute/submission";

test("a profile becomes the API's input: enums by their names, years as a number", () => {
  const profile = { ...EMPTY_PROFILE, role: "data-scientist", country: "de", experience: " 7 ", workMode: "on-site" };
  expect(profileInput({ ...profile, level: "senior", employer: "acme-gmbh", skills: ["python"] })).toEqual({
    role: "data-scientist",
    level: "SENIOR",
    experience: 7,
    employmentType: null,
    workMode: "ON_SITE",
    country: "de",
    subdivision: null,
    metro: null,
    industry: null,
    employer: "acme-gmbh",
    employerSize: null,
    employerType: null,
    education: null,
    specializations: [],
    skills: ["python"],
    certifications: [],
  });
});

test("answers become the API's input: empty ones are null, and a metro area implies its subdivision", () => {
  const answers = { ...emptyAnswers(), role: "data-scientist", level: "mid", experience: "7", workMode: "on-site" };
  const place = { country: "us", metro: "new-york", subdivision: "us-ny", currency: "USD" };
  const pay = { baseSalary: "120,000", bonus: "0", jobSatisfaction: "4", employer: " Acme ", effective: "2026-01" };
  const input = submissionOf({ ...answers, ...place, ...pay, fieldOfStudy: "physics", skills: ["sql"] }, "a key");
  expect(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))).toEqual({
    idempotencyKey: "a key",
    role: "data-scientist",
    level: "MID",
    experience: 7,
    workMode: "ON_SITE",
    employmentType: "FULL_TIME",
    country: "us",
    metro: "new-york",
    currency: "USD",
    baseSalary: 120_000,
    bonus: 0,
    effective: "2026-01",
    fieldOfStudy: "physics",
    skills: ["sql"],
    employer: "Acme",
    jobSatisfaction: 4,
  });
  expect(Object.keys(input).toSorted()).toEqual(["idempotencyKey", ...NAMES].toSorted());
});

test("every question belongs to one step, and the required ones are those of the API", () => {
  expect(STEPS.flatMap(({ questions }) => questions)).toEqual(NAMES);
  expect([...REQUIRED].toSorted()).toEqual(
    ["baseSalary", "country", "currency", "effective", "experience", "level", "role", "workMode"].toSorted(),
  );
});

test("errors are shown at their questions", () => {
  const errors = [
    { message: "Unknown.", field: ["input", "skills", "2"] },
    { message: "Too many.", field: ["input", "skills"] },
    { message: "No proof.", field: ["input", "proof"] },
    { message: "Try later.", field: null },
  ];
  expect(errorsByQuestion(errors)).toEqual({
    messages: { skills: "Unknown. Too many." },
    others: ["No proof.", "Try later."],
  });
});
