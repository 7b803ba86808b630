import type { Draw } from "../../charts/chart";
import type { Row } from "../../charts/export";
import type { AdjustedTrendQuery, OutlookQuery, TrendQuery, Unit } from "../../gql/graphql";
import { briefly, middleOf, roughly } from "./measures";

export interface Lines {
  /** As told. */
  raw: readonly LinePoint[];
  /** At an equal mix of records. */
  adjusted: readonly LinePoint[];
  /** As it may go on. */
  outlook: readonly LinePoint[];
  unit: Unit;
  currency: string;
}

export interface LinePoint {
  period: string;
  date: Date;
  at: number | null;
  low: number | null;
  high: number | null;
  /** How many records tell it; null for what is fitted. */
  records: number | null;
}

/** The lines of the answers that are there so far. */
export function linesOf(
  raw: TrendQuery | undefined,
  adjusted: AdjustedTrendQuery | undefined,
  outlook: OutlookQuery | undefined,
  currency: string,
): Lines {
  const told = raw?.cohort.trend ?? [];
  return {
    raw: told.map(({ period, start, stats }) => {
      const middle = stats && middleOf(stats);
      return {
        period,
        date: dateOf(start),
        at: middle?.at ?? null,
        low: middle?.low ?? null,
        high: middle?.high ?? null,
        records: stats?.count ?? null,
      };
    }),
    adjusted: (adjusted?.cohort.trend ?? []).map(({ period, start, adjusted: at, adjustedInterval: interval }) => {
      return {
        period,
        date: dateOf(start),
        at,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        records: null,
      };
    }),
    outlook: (outlook?.cohort.outlook?.points ?? []).map(({ period, start, median: at, interval: { low, high } }) => {
      return { period, date: dateOf(start), at, low, high, records: null };
    }),
    unit: told.find(({ stats }) => stats)?.stats?.unit ?? "MONEY_PER_YEAR",
    currency,
  };
}

/** A thin line with points for what is told, a strong one with its band for pay at an equal mix, a dashed one that widens for the outlook. */
export function trendLines({ raw, adjusted, outlook, unit, currency }: Lines): Draw {
  const fitted = adjusted.some(({ at }) => at !== null);
  const joined = joinedOutlook(adjusted, outlook);
  const all = [...raw, ...adjusted, ...outlook];
  const spans = [...(fitted ? [] : raw), ...adjusted, ...outlook].flatMap(({ low, high }) => [low, high]);
  const heights = [...raw.map(({ at }) => at), ...spans].filter((value) => value !== null);
  return (plot, width) => ({
    marginLeft: 56,
    marginRight: 22,
    x: { label: null, type: "utc", ticks: Math.max(3, Math.floor(width / 110)) },
    y: {
      label: null,
      grid: true,
      ticks: 5,
      tickFormat: (at: number) => briefly(at, unit, currency),
      domain: [Math.min(...heights), Math.max(...heights)],
      nice: true,
    },
    marks: [
      ...(fitted
        ? []
        : [plot.areaY(raw, { x: "date", y1: "low", y2: "high", fill: "var(--accent)", fillOpacity: 0.16 })]),
      plot.areaY(adjusted, { x: "date", y1: "low", y2: "high", fill: "var(--accent)", fillOpacity: 0.2 }),
      plot.areaY(joined, { x: "date", y1: "low", y2: "high", fill: "var(--mark)", fillOpacity: 0.16 }),
      plot.line(raw, {
        x: "date",
        y: "at",
        stroke: fitted ? "var(--quiet)" : "var(--accent)",
        strokeWidth: fitted ? 1 : 2,
      }),
      plot.dot(raw, { x: "date", y: "at", r: 2.5, fill: fitted ? "var(--quiet)" : "var(--accent)" }),
      plot.line(adjusted, { x: "date", y: "at", stroke: "var(--accent)", strokeWidth: 2.5 }),
      plot.line(joined, { x: "date", y: "at", stroke: "var(--mark)", strokeWidth: 2.5, strokeDasharray: "6 4" }),
      plot.dot(outlook, { x: "date", y: "at", r: 3, fill: "var(--mark)" }),
      plot.tip(
        all.filter(({ at }) => at !== null),
        plot.pointer({
          x: "date",
          y: "at",
          fill: "var(--raised)",
          title: (point: LinePoint) => tipOf(point, unit, currency),
        }),
      ),
    ],
  });
}

/** All figures of the picture, a row for each period. */
export function trendRows({ raw, adjusted, outlook }: Lines): Row[] {
  const periods = [...new Set([...raw, ...adjusted, ...outlook].map(({ period }) => period))];
  const of = (points: readonly LinePoint[], period: string) => points.find((point) => point.period === period);
  return periods.map((period) => {
    const [told, mixed, next] = [of(raw, period), of(adjusted, period), of(outlook, period)];
    return {
      Period: period,
      Records: told?.records ?? null,
      "As told": told?.at ?? null,
      "As told, 95% from": told?.low ?? null,
      "As told, 95% to": told?.high ?? null,
      "At an equal mix": mixed?.at ?? null,
      "At an equal mix, 95% from": mixed?.low ?? null,
      "At an equal mix, 95% to": mixed?.high ?? null,
      Outlook: next?.at ?? null,
      "Outlook, 95% from": next?.low ?? null,
      "Outlook, 95% to": next?.high ?? null,
    };
  });
}

/** The outlook as it goes on from the last quarter that is fitted, where it is the one before. */
function joinedOutlook(adjusted: readonly LinePoint[], outlook: readonly LinePoint[]): readonly LinePoint[] {
  const [next] = outlook;
  const last = next && adjusted.findLast(({ date, at }) => at !== null && date < next.date);
  return last ? [last, ...outlook] : outlook;
}

function tipOf({ period, at, low, high, records }: LinePoint, unit: Unit, currency: string): string {
  const told = (value: number | null) => (value === null ? "" : roughly(value, unit, currency));
  const span = low !== null && high !== null && low < high ? `\n95%: ${told(low)} to ${told(high)}` : "";
  return `${period}: ${told(at)}${span}${records === null ? "" : `\n${records} records`}`;
}

function dateOf(month: string): Date {
  return new Date(`${month}-01T00:00:00Z`);
}
