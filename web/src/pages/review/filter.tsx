import type { FindingCode } from "../../gql/graphql";
import { Field } from "../../parts/field";
import { FINDINGS } from "./review-queue";

const CODES = Object.keys(FINDINGS) as FindingCode[];

/** The finding that the address asks for. */
export function findingIn(params: URLSearchParams): FindingCode | null {
  return CODES.find((code) => code === params.get("finding")) ?? null;
}

/** Only what has a finding. */
export function Filter({ finding, onChange }: { finding: FindingCode | null; onChange: (finding: FindingCode | null) => void }) {
  return (
    <Field label="Show">
      {(control) => (
        <select {...control} value={finding ?? ""} onChange={(event) => onChange(CODES.find((code) => code === event.target.value) ?? null)}>
          <option value="">All that waits</option>
          {CODES.map((code) => (
            <option key={code} value={code}>
              {FINDINGS[code]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
