// The types of GraphQL Code Generator: of every scalar, of the variables and of the results.
import type {
  FollowSubscription,
  OverviewQuery,
  OverviewQueryVariables,
  SubmitMutation,
  SubmitMutationVariables,
} from "./codegen/graphql";
import type { Scalars } from "./codegen/schema";
import type { HasAny } from "./no-any";

export const scalars: HasAny<Scalars> = false;
export const variables: HasAny<[OverviewQueryVariables, SubmitMutationVariables]> = false;
export const results: HasAny<[OverviewQuery, SubmitMutation, FollowSubscription]> = false;

type Node = NonNullable<OverviewQuery["salaryRecords"]>["edges"][number]["node"];
export const currency: Node["pay"]["currency"] = "EUR";
// @ts-expect-error an amount is a number
export const text: Node["pay"]["baseSalary"] = "100000";
