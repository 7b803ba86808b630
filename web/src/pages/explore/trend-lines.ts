import type { Draw } from "../../charts/chart";
import type { Row } from "../../charts/export";
import { countOf, periodName } from "../../components/format";
import type { AdjustedTrendQuery, OutlookQuery, TrendQuery, Unit } from "../../gql/graphql";
import { centerOf, roundedFigure, shortFigure } from "./measures";

export interface Lines {
  /** Reported medians. */
  raw: readonly LinePoint[];
  /** Mix-adjusted medians. */
  adjusted: readonly LinePoint[];
  /** Forecast medians. */
  outlook: readonly LinePoint[];
  unit: Unit;
  currency: string;
}

export interface LinePoint {
  period: string;
  date: Date;
  value: number | null;
  low: number | null;
  high: number | null;
  /** The number of records; null for fitted lines. */
  records: number | null;
}

/** The lines of the results that have arrived. */
export function linesOf(
  raw: TrendQuery | undefined,
  adjusted: AdjustedTrendQuery | undefined,
  outlook: OutlookQuery | undefined,
  currency: string,
): Lines {
  const reported = raw?.cohort.trend ?? [];
  return {
    raw: reported.map(({ period, start, stats }) => {
      const center = stats && centerOf(stats);
      return {
        period: periodName(period),
        date: dateOf(start),
        value: center?.value ?? null,
        low: center?.low ?? null,
        high: center?.high ?? null,
        records: stats?.count ?? null,
      };
    }),
    adjusted: (adjusted?.cohort.trend ?? []).map(({ period, start, adjusted: value, adjustedInterval: interval }) => {
      return {
        period: periodName(period),
        date: dateOf(start),
        value,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        records: null,
      };
    }),
    outlook: (outlook?.cohort.outlook?.points ?? []).map(
      ({ period, start, median: value, interval: { low, high } }) => {
        return { period: periodName(period), date: dateOf(start), value, low, high, records: null };
      },
    ),
    unit: reported.find(({ stats }) => stats)?.stats?.unit ?? "MONEY_PER_YEAR",
    currency,
  };
}

/** A thin line with points for reported medians, a strong one with a band for mix-adjusted ones, a dashed one for the outlook. */
export function trendLines({ raw, adjusted, outlook, unit, currency }: Lines): Draw {
  const fitted = adjusted.some(({ value }) => value !== null);
  const joined = connectedOutlook(adjusted, outlook);
  const all = [...raw, ...adjusted, ...outlook];
  const intervals = [...(fitted ? [] : raw), ...adjusted, ...outlook].flatMap(({ low, high }) => [low, high]);
  const values = [...raw.map(({ value }) => value), ...intervals].filter((value) => value !== null);
  return (plot, width) => ({
    marginLeft: 56,
    marginRight: 22,
    x: { label: null, type: "utc", ticks: Math.max(3, Math.floor(width / 110)) },
    y: {
      label: null,
      grid: true,
      ticks: 5,
      tickFormat: (at: number) => shortFigure(at, unit, currency),
      domain: [Math.min(...values), Math.max(...values)],
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
        y: "value",
        stroke: fitted ? "var(--quiet)" : "var(--accent)",
        strokeWidth: fitted ? 1 : 2,
      }),
      plot.dot(raw, { x: "date", y: "value", r: 2.5, fill: fitted ? "var(--quiet)" : "var(--accent)" }),
      plot.line(adjusted, { x: "date", y: "value", stroke: "var(--accent)", strokeWidth: 2.5 }),
      plot.line(joined, { x: "date", y: "value", stroke: "var(--mark)", strokeWidth: 2.5, strokeDasharray: "6 4" }),
      plot.dot(outlook, { x: "date", y: "value", r: 3, fill: "var(--mark)" }),
      plot.tip(
        all.filter(({ value }) => value !== null),
        plot.pointer({
          x: "date",
          y: "value",
          fill: "var(--raised)",
          title: (point: LinePoint) => tooltip(point, unit, currency),
        }),
      ),
    ],
  });
}

/** The data of the chart, a row per period. */
export function trendRows({ raw, adjusted, outlook }: Lines): Row[] {
  const periods = [...new Set([...raw, ...adjusted, ...outlook].map(({ period }) => period))];
  const find = (points: readonly LinePoint[], period: string) => points.find((point) => point.period === period);
  return periods.map((period) => {
    const [reported, fitted, forecast] = [find(raw, period), find(adjusted, period), find(outlook, period)];
    return {
      Period: period,
      Records: reported?.records ?? null,
      Reported: reported?.value ?? null,
      "Reported, 95% CI low": reported?.low ?? null,
      "Reported, 95% CI high": reported?.high ?? null,
      "Mix-adjusted": fitted?.value ?? null,
      "Mix-adjusted, 95% CI low": fitted?.low ?? null,
      "Mix-adjusted, 95% CI high": fitted?.high ?? null,
      Outlook: forecast?.value ?? null,
      "Outlook, 95% low": forecast?.low ?? null,
      "Outlook, 95% high": forecast?.high ?? null,
    };
  });
}

/** The outlook with the last fitted quarter before it, so that the lines connect. */
function connectedOutlook(adjusted: readonly LinePoint[], outlook: readonly LinePoint[]): readonly LinePoint[] {
  const [next] = outlook;
  const last = next && adjusted.findLast(({ date, value }) => value !== null && date < next.date);
  return last ? [last, ...outlook] : outlook;
}

function tooltip({ period, value, low, high, records }: LinePoint, unit: Unit, currency: string): string {
  const format = (amount: number | null) => (amount === null ? "" : roundedFigure(amount, unit, currency));
  const interval = low !== null && high !== null && low < high ? `\n95%: ${format(low)} to ${format(high)}` : "";
  return `${period}: ${format(value)}${interval}${records === null ? "" : `\n${countOf(records, "record")}`}`;
}

function dateOf(month: string): Date {
  return new Date(`${month}-01T00:00:00Z`);
}
