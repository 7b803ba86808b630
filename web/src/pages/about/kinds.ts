import type { SourceKind } from "../../gql/graphql";

/** What each kind of record is, and what its pay is therefore. */
export const KINDS: Record<SourceKind, { name: string; meaning: string }> = {
  SELF_REPORTED: { name: "Self-reported", meaning: "Pay that people told PayRank themselves." },
  VERIFIED: { name: "Verified", meaning: "Reported pay that was checked against a document." },
  SURVEY: { name: "Survey", meaning: "Answers to a survey of somebody else." },
  POSTED_RANGE: { name: "Posted range", meaning: "The range of a job advertisement, taken at its middle: what is offered, not what is paid." },
  GOVERNMENT_FILING: { name: "Government filing", meaning: "Pay that an employer declared to an authority, as for a work visa." },
  SAMPLE: { name: "Made up", meaning: "Drawn from a model, to show how the service works." },
};
