import { useMemo } from "react";
import { Chart } from "../../charts/chart";
import type { HeadlineQuery, HeadlineQueryVariables } from "../../gql/graphql";
import { count, words } from "../../parts/format";
import { queryLink } from "../../parts/query-link";
import { figureRow, middleOf } from "./figures";
import { Headline } from "./headline-query";
import { MEASURES, roughly } from "./measures";
import { ends, headline, plain, type Sentence } from "./sentence";
import { strip } from "./strip";

type Found = HeadlineQuery["cohort"];

interface HeadlineProps {
  found: Found;
  stats: NonNullable<Found["stats"]>;
  asked: HeadlineQueryVariables;
  busy: boolean;
}

/** What the cohort is paid: a sentence and one picture, with what they rest on. */
export function HeadlinePicture({ found, stats, asked, busy }: HeadlineProps) {
  const { measure, currency, adjust, where } = asked;
  const first = headline({ label: found.label, ofRole: Boolean(where?.role?.length), figures: stats, measure, currency });
  const second = ends(stats, currency);
  const middle = middleOf(stats);
  const draw = useMemo(() => strip(stats, currency), [stats, currency]);
  const told = (value: number) => roughly(value, stats.unit, currency);
  return (
    <Chart
      title={`${MEASURES[measure].label}${adjust === "COST_OF_LIVING" ? ", adjusted for the cost of living" : ""}`}
      name={`payrank-${measure.toLowerCase().replaceAll("_", "-")}`}
      summary={`${plain(first)} ${second ? plain(second) : ""}`}
      rows={[{ Cohort: found.label, ...figureRow(stats) }]}
      height={124}
      draw={draw}
      busy={busy}
      query={queryLink(Headline, asked)}
    >
      <p className="headline" aria-live="polite">
        <Emphasised sentence={first} />
      </p>
      <p className="quiet">
        {second && <Emphasised sentence={second} />}
        {middle.sure && ` With 95% confidence the ${stats.unit === "SCORE_1_TO_5" ? "mean" : "median"} of all such jobs lies between ${told(middle.low)} and ${told(middle.high)}.`}
      </p>
      <ul className="grounds">
        <li className="chip">
          {stats.count === found.size ? `${count(found.size)} records` : `${count(stats.count)} of ${count(found.size)} records tell this`}
        </li>
        {found.employers > 0 && <li className="chip">{count(found.employers)} known employers</li>}
        <li className="chip">{words(stats.confidence)} confidence</li>
        {stats.cautions.map(({ code, message }) => (
          <li key={code} className="chip chip-warn">
            {message}
          </li>
        ))}
      </ul>
    </Chart>
  );
}

function Emphasised({ sentence: { parts } }: { sentence: Sentence }) {
  return parts.map((part, number) => (number % 2 ? <b key={number}>{part}</b> : part));
}
