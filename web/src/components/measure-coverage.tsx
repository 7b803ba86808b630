import { graphql } from "../gql";
import type { Measure, MeasuresQuery } from "../gql/graphql";
import { count } from "./format";

/** How many records of a cohort report each measure. */
export const Measures = graphql(`
  query Measures($where: CohortFilter, $adjust: Adjustment! = NONE) {
    cohort(where: $where, adjust: $adjust) {
      size
      measures { measure records }
    }
  }
`);

/** The measures that records of a cohort report, the most reported first; empty if it is suppressed. */
export type Coverage = MeasuresQuery["cohort"]["measures"];

/** The measure where none is counted. */
export const FALLBACK_MEASURE: Measure = "BASE_SALARY";

interface MeasureOptionProps {
  measure: Measure;
  label: string;
  coverage: Coverage | undefined;
}

/** A measure to select, with the number of records that report it; disabled if none does. */
export function MeasureOption({ measure, label, coverage }: MeasureOptionProps) {
  if (!coverage?.length) return <option value={measure}>{label}</option>; // not counted yet, or suppressed
  const records = coverage.find((one) => one.measure === measure)?.records;
  return (
    <option value={measure} disabled={!records}>
      {label} · {records ? count(records) : "none"}
    </option>
  );
}

/** What the records that report a measure are, if they are a particular part of their cohort. */
export function CoverageCaution({ cautions }: { cautions: readonly { code: string; message: string }[] }) {
  const found = partialCoverage(cautions);
  return found && <p className="caution">{found.message}</p>;
}

export function partialCoverage<Caution extends { code: string }>(cautions: readonly Caution[]): Caution | undefined {
  return cautions.find(({ code }) => code === "PARTIAL_COVERAGE");
}
