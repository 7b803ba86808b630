import { useQuery } from "urql";
import { graphql } from "../gql";

const Mix = graphql(`
  query Mix {
    edition { sources { kind records } }
  }
`);

/** Says on every view that records are made up, as long as any are. */
export function SampleBanner() {
  const [{ data }] = useQuery({ query: Mix });
  const sources = data?.edition.sources ?? [];
  const sample = sources.filter((source) => source.kind === "SAMPLE").reduce((sum, source) => sum + source.records, 0);
  if (!sample) return null;
  const all = sources.reduce((sum, source) => sum + source.records, 0);
  return (
    <div className="banner" role="note">
      {sample === all ? "All records here are made up" : `${sample.toLocaleString("en")} of ${all.toLocaleString("en")} records here are made up`}
      , to show how the service works. They say nothing about real pay.
    </div>
  );
}
