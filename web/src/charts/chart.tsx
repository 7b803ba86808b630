import type { Markish, PlotOptions } from "@observablehq/plot";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { save, type Row } from "./download";
import { pngOf, svgOf } from "./picture";

type Plot = typeof import("@observablehq/plot");

interface ChartProps {
  /** What the picture shows, as its heading. */
  title: string;
  /** In a sentence what is to be seen in it, for those who do not see it. */
  summary: string;
  /** The figures behind it, as a table and as CSV; the keys are the columns' names. */
  rows: readonly Row[];
  /** The name that downloads have, without its ending. */
  name: string;
  height?: number;
  /** Options and marks for a width; Plot comes as an argument, since it is loaded only when a chart is shown. */
  draw: (plot: Plot, width: number) => PlotOptions & { marks: Markish[] };
  /** The query behind it, as an address of GraphiQL. */
  query?: string;
  children?: ReactNode;
}

/** A chart with its figures: as a picture, as a table, and as downloads of both. */
export function Chart({ title, summary, rows, name, height = 320, draw, query, children }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = usePlot();
  const width = useWidth(place);
  const [asTable, setAsTable] = useState(false);
  const heading = useId();

  useEffect(() => {
    const here = place.current;
    if (!here || !plot || !width || asTable) return;
    const drawn = plot.plot({ width, height, className: "plot", ...draw(plot, width) });
    for (const inline of drawn.querySelectorAll("style")) inline.remove(); // styles/parts.css has them: the policy takes none inline
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", summary);
    here.replaceChildren(drawn);
    return () => here.replaceChildren();
  }, [plot, width, height, draw, summary, asTable]);

  const svg = () => place.current?.querySelector<SVGSVGElement>("svg") ?? null;
  return (
    <section className="card" aria-labelledby={heading}>
      <div className="card-head">
        <h2 id={heading}>{title}</h2>
        <div className="card-tools">
          <button type="button" className="button button-quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            Table
          </button>
          <details className="menu">
            <summary className="button button-quiet">Download</summary>
            <div className="menu-items">
              <button type="button" disabled={asTable} onClick={() => withSvg(svg(), (found) => save(`${name}.svg`, svgOf(found)))}>
                Picture, SVG
              </button>
              <button
                type="button"
                disabled={asTable}
                onClick={() => withSvg(svg(), (found) => void pngOf(found).then((blob) => save(`${name}.png`, blob)))}
              >
                Picture, PNG
              </button>
              <button type="button" onClick={() => save(`${name}.csv`, csvBlob(rows))}>
                Figures, CSV
              </button>
            </div>
          </details>
          {query && (
            <a className="button button-quiet" href={query}>
              Show the query
            </a>
          )}
        </div>
      </div>
      {children}
      {asTable ? <Table rows={rows} caption={title} /> : <div ref={place} className="chart" style={{ minHeight: height }} />}
    </section>
  );
}

/** The figures of a chart as a table. */
export function Table({ rows, caption }: { rows: readonly Row[]; caption: string }) {
  const columns = Object.keys(rows[0] ?? {});
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number}>
              {columns.map((column) => (
                <td key={column} className={typeof row[column] === "number" ? "number" : undefined}>
                  {cell(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : value;
}

function withSvg(found: SVGSVGElement | null, use: (svg: SVGSVGElement) => void) {
  if (found) use(found);
}

function csvBlob(rows: readonly Row[]): Blob {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number | null | undefined)[]) => cells.map(quoted).join(",");
  const text = [line(columns), ...rows.map((row) => line(columns.map((column) => row[column])))].join("\r\n");
  return new Blob([`${text}\r\n`], { type: "text/csv" });
}

function quoted(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Observable Plot, once it has been loaded. */
function usePlot(): Plot | null {
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    let wanted = true;
    void import("@observablehq/plot").then((found) => wanted && setPlot(found));
    return () => {
      wanted = false;
    };
  }, []);
  return plot;
}

/** The width of an element, as it changes. */
function useWidth(place: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const here = place.current;
    if (!here) return;
    const watcher = new ResizeObserver(() => setWidth(Math.floor(here.clientWidth)));
    watcher.observe(here);
    return () => watcher.disconnect();
  }, [place]);
  return width;
}
