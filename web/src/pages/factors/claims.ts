import type { Claim } from "./claim";
import { careerGrowth, jobSatisfaction, negotiation, workLifeBalance } from "./mean-claims";
import { hubComparison } from "./official-comparison";
import { industries, premiumQuery, type Suggestion, startups } from "./premium-claims";
import { bonusAndEquity, futurePay, payGrowth } from "./time-claims";

const NO_HUBS = "No two metropolitan areas have enough records to compare.";

/** Common claims about pay, roughly by the size of the effect. */
export const CLAIMS: readonly Claim[] = [
  {
    id: "hubs",
    statement: "Hubs pay more",
    needs: ["metro"],
    method:
      "Hubs are the largest third of the metropolitan areas by number of records, at most five. The baseline is the area with the median pay among an equal number of the next largest areas.",
    query: ({ measure, home, hubs, typicalMetro }) =>
      typicalMetro
        ? premiumQuery({ country: home.code, measure }, { factor: "METRO", baseline: typicalMetro.code }, above(hubs))
        : NO_HUBS,
    comparison: hubComparison,
  },
  {
    id: "hubs-by-cost-of-living",
    statement: "Hubs pay more even after the cost of living",
    needs: ["metro"],
    method: "Same comparison, with pay divided by the price level of each place.",
    query: ({ measure, home, hubs, typicalMetro }) =>
      typicalMetro
        ? premiumQuery(
            { country: home.code, measure },
            { factor: "METRO", baseline: typicalMetro.code, adjust: "COST_OF_LIVING" },
            above(hubs),
          )
        : NO_HUBS,
  },
  {
    id: "remote",
    statement: "Remote work pays a little less",
    needs: ["workMode"],
    method: "",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "WORK_MODE", baseline: "on-site" },
        { predicted: { remote: "below" }, showOthers: true },
      ),
  },
  {
    id: "degrees",
    statement: "A master’s degree or a doctorate helps",
    needs: ["education"],
    method: "",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "EDUCATION", baseline: "bachelor" },
        { predicted: { master: "above", doctorate: "above" }, showOthers: true },
      ),
  },
  {
    id: "experience",
    statement: "Experience pays",
    needs: ["years"],
    method: "At the same level, so without the effect of promotions.",
    query: (scope) =>
      scope.lowestExperience
        ? premiumQuery(
            scope,
            { factor: "EXPERIENCE", baseline: scope.lowestExperience.code },
            { predicted: () => "above" },
          )
        : "Not enough records report experience.",
  },
  {
    id: "levels",
    statement: "Promotions pay",
    needs: ["level"],
    method: "Each level compared with entry level at the same experience.",
    query: (scope) => premiumQuery(scope, { factor: "LEVEL", baseline: "entry" }, { predicted: () => "above" }),
  },
  negotiation,
  industries,
  startups,
  {
    id: "sizes",
    statement: "Larger employers pay more",
    needs: ["employerSize"],
    method: "",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "EMPLOYER_SIZE", baseline: "small" },
        { predicted: (code) => (code === "medium" || code === "large" ? "above" : null) }, // other bands overlap these
      ),
  },
  {
    id: "certifications",
    statement: "Cloud certifications help",
    needs: ["certification"],
    method:
      "Certifications of the three large cloud providers, each compared with records that report other certifications.",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "CERTIFICATION" },
        above([{ code: "aws" }, { code: "google-cloud" }, { code: "microsoft" }]),
      ),
  },
  {
    id: "fields",
    statement: "Language, vision and generative AI pay more",
    needs: ["specialization"],
    method: "Each compared with records that report other specializations.",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "SPECIALIZATION" },
        above([{ code: "nlp" }, { code: "computer-vision" }, { code: "generative-ai" }]),
      ),
  },
  {
    id: "languages",
    statement: "Knowing Python pays",
    needs: ["skill"],
    method: "Python and other programming languages, each compared with records that report other skills.",
    query: (scope) =>
      premiumQuery(
        scope,
        { factor: "SKILL", under: "programming-languages" },
        { ...above([{ code: "python" }]), showOthers: true },
      ),
  },
  {
    id: "benefits",
    statement: "Flexible work costs salary",
    needs: ["benefit"],
    method:
      "Flexible hours, remote work, a four-day week and work from abroad as benefits, each compared with records that report other benefits.",
    query: (scope) => premiumQuery(scope, { factor: "BENEFIT", under: "flexibility" }, { predicted: () => "below" }),
  },
  bonusAndEquity,
  payGrowth,
  futurePay,
  workLifeBalance,
  jobSatisfaction,
  careerGrowth,
];

function above(values: readonly { code: string }[]): Suggestion {
  return { predicted: Object.fromEntries(values.map(({ code }) => [code, "above"])) };
}
