import type { Claim } from "./claim";
import { balance, career, negotiation, satisfaction } from "./mean-claims";
import { industries, type Praise, premiums, startups } from "./premium-claims";
import { growthOfPay, parts, payInAYear } from "./time-claims";

const NO_HUBS = "There are no two metropolitan areas with enough records to compare.";

/** What is said about pay, in about the order of how much it moves. */
export const CLAIMS: readonly Claim[] = [
  {
    id: "hubs",
    sentence: "Hubs pay more",
    how: "Hubs are the metropolitan areas with the most records: a third of them, at most five. They are held against the middle one, by median pay, of as many next largest.",
    question: ({ measure, ground: { home, hubs, usualMetro } }) =>
      usualMetro
        ? premiums({ country: home.code, measure }, { factor: "METRO", baseline: usualMetro.code }, above(hubs))
        : NO_HUBS,
  },
  {
    id: "hubs-by-cost-of-living",
    sentence: "Hubs pay more even after the cost of living",
    how: "The same, with pay divided by the price level of each place.",
    question: ({ measure, ground: { home, hubs, usualMetro } }) =>
      usualMetro
        ? premiums(
            { country: home.code, measure },
            { factor: "METRO", baseline: usualMetro.code, adjust: "COST_OF_LIVING" },
            above(hubs),
          )
        : NO_HUBS,
  },
  {
    id: "remote",
    sentence: "Remote work pays a little less",
    how: "",
    question: (scope) =>
      premiums(scope, { factor: "WORK_MODE", baseline: "on-site" }, { claimed: { remote: "below" }, others: true }),
  },
  {
    id: "degrees",
    sentence: "A master’s degree or a doctorate helps",
    how: "",
    question: (scope) =>
      premiums(
        scope,
        { factor: "EDUCATION", baseline: "bachelor" },
        { claimed: { master: "above", doctorate: "above" }, others: true },
      ),
  },
  {
    id: "experience",
    sentence: "Experience pays",
    how: "At the same level: what promotions add comes on top.",
    question: (scope) =>
      scope.ground.beginners
        ? premiums(scope, { factor: "EXPERIENCE", baseline: scope.ground.beginners.code }, { claimed: () => "above" })
        : "Too few records tell experience.",
  },
  {
    id: "levels",
    sentence: "A step up pays",
    how: "Each level against the entry level, at the same experience.",
    question: (scope) => premiums(scope, { factor: "LEVEL", baseline: "entry" }, { claimed: () => "above" }),
  },
  negotiation,
  industries,
  startups,
  {
    id: "sizes",
    sentence: "Larger employers pay more",
    how: "",
    question: (scope) => premiums(scope, { factor: "EMPLOYER_SIZE", baseline: "small" }, { claimed: () => "above" }),
  },
  {
    id: "certificates",
    sentence: "Cloud certificates help",
    how: "Certificates of the three large cloud providers. Each is held against records that tell certificates, and not this one.",
    question: (scope) =>
      premiums(
        scope,
        { factor: "CERTIFICATION" },
        above([{ code: "aws" }, { code: "google-cloud" }, { code: "microsoft" }]),
      ),
  },
  {
    id: "fields",
    sentence: "Language, vision and generative AI pay more",
    how: "Each is held against records that tell their fields, and not this one.",
    question: (scope) =>
      premiums(
        scope,
        { factor: "SPECIALIZATION" },
        above([{ code: "nlp" }, { code: "computer-vision" }, { code: "generative-ai" }]),
      ),
  },
  {
    id: "languages",
    sentence: "Knowing Python pays",
    how: "And what goes with other languages, each held against records that tell their skills, and not this one.",
    question: (scope) =>
      premiums(
        scope,
        { factor: "SKILL", under: "programming-languages" },
        { ...above([{ code: "python" }]), others: true },
      ),
  },
  {
    id: "benefits",
    sentence: "Flexible work is paid for with salary",
    how: "Flexible hours, remote work, a four-day week and work from abroad, as benefits. Each is held against records that tell their benefits, and not this one.",
    question: (scope) => premiums(scope, { factor: "BENEFIT", under: "flexibility" }, { claimed: () => "below" }),
  },
  parts,
  growthOfPay,
  payInAYear,
  balance,
  satisfaction,
  career,
];

function above(values: readonly { code: string }[]): Praise {
  return { claimed: Object.fromEntries(values.map(({ code }) => [code, "above"])) };
}
