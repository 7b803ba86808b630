import { useQuery } from "urql";
import { Link } from "wouter";
import { fieldOf } from "../../components/conditions";
import {
  ContributedTable,
  contributedPath,
  hasPremiums,
  PrivacyLedger,
  premiumVariables,
} from "../../components/contributed-tables";
import type { Factor } from "../../gql/graphql";

/** Leads to what contributors reported on a factor; nothing if no table has it. */
export function ContributedLink({ factor }: { factor: Factor }) {
  const [{ data: spent }] = useQuery({ query: PrivacyLedger, pause: !hasPremiums(factor) });
  const isPublished = Boolean(spent?.privacyLedger?.length); // most services have no table, and then one query is enough
  const [{ data }] = useQuery({ query: ContributedTable, variables: premiumVariables(factor), pause: !isPublished });
  const table = data?.contributedBreakdown;
  if (!table?.rows.length) return null;
  return (
    <p className="quiet claim-method">
      <Link href={contributedPath(factor)}>What contributors reported by {fieldOf(factor).label.toLowerCase()}</Link>:
      base salary, worldwide, {table.year}.
    </p>
  );
}
