import type { Claim } from "./claim";
import { means } from "./means";

export const negotiation: Claim = {
  id: "negotiation",
  sentence: "Other offers strengthen a negotiation",
  how: "By how many points of percent more the first offer was raised, on average, than where no other offer was at hand.",
  question: (scope) =>
    means(scope, {
      factor: "COMPETING_OFFERS",
      measure: "NEGOTIATION_UPLIFT",
      baseline: (told) => told.find(({ code }) => code === "0"),
      claimed: () => "above",
      unit: "points",
      untold: "Too few records tell of their negotiation.",
    }),
};
