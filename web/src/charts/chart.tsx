import type { Markish, PlotOptions } from "@observablehq/plot";
import { type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { csvOf, pngOf, type Row, save, svgOf } from "./export";
import "./chart.css";

type Plot = typeof import("./plot");

export interface ChartProps {
  /** What the picture shows, as its heading. */
  title: string;
  /** In a sentence what is to be seen in it, for those who do not see it. */
  summary: string;
  /** The figures behind it, as a table and as CSV; the keys are the columns' names. */
  rows: readonly Row[];
  /** The name that downloads have, without its ending. */
  name: string;
  height?: number;
  /**
   * Options and marks for a width; Plot comes as an argument, since it is loaded only when a chart is shown. Marks with a `href` become links within
   * the page. Null as long as there is nothing to draw: the children say why.
   */
  draw: Draw | null;
  /** The query behind it, as an address of GraphiQL. */
  query?: string;
  /** Whether other figures are on their way. */
  busy?: boolean;
  /** What stands below the picture; the children stand above it. */
  below?: ReactNode;
  children?: ReactNode;
}

export type Draw = (plot: Plot, width: number) => PlotOptions & { marks: Markish[] };

const NARROWEST = 160; // px; in less there is no picture to be seen, such as before the page has its sizes

/** A chart with its figures: as a picture, as a table, and as downloads of both. */
export function Chart({
  title,
  summary,
  rows,
  name,
  height = 320,
  draw,
  query,
  busy = false,
  below,
  children,
}: ChartProps) {
  const [place, setPlace] = useState<HTMLDivElement | null>(null);
  const plot = usePlot();
  const width = useWidth(place);
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  const [, navigate] = useLocation();

  useEffect(() => {
    if (!place || !plot || width < NARROWEST || !draw) return;
    const drawn = plot.plot({ width, height, className: "plot", ...draw(plot, width) });
    readable(drawn, summary);
    const focused = place.contains(document.activeElement);
    place.replaceChildren(drawn);
    if (focused) place.focus(); // whoever followed a link in it is not thrown back to the top of the page
  }, [place, plot, width, height, draw, summary]);

  function follow(event: MouseEvent) {
    const target = (event.target as Element).closest("a")?.getAttribute("href");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate(target);
  }

  return (
    <section className="card" aria-labelledby={heading} aria-busy={busy}>
      <div className="card-head">
        <h2 id={heading}>{title}</h2>
        {draw && (
          <ChartTools
            title={title}
            asTable={asTable}
            setAsTable={setAsTable}
            rows={rows}
            name={name}
            picture={() => place?.querySelector("svg") ?? null}
            query={query}
          />
        )}
      </div>
      {children}
      {draw &&
        (asTable ? (
          <Table rows={rows} caption={title} />
        ) : (
          <div ref={setPlace} className="chart" style={{ minHeight: height }} tabIndex={-1} onClick={follow} />
        ))}
      {below}
    </section>
  );
}

/** Observable Plot, once it has been loaded. */
function usePlot(): Plot | null {
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    let wanted = true;
    void import("./plot").then((found) => wanted && setPlot(found));
    return () => {
      wanted = false;
    };
  }, []);
  return plot;
}

/** The width of an element, as it changes. */
function useWidth(place: HTMLElement | null): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!place) return;
    const watcher = new ResizeObserver(() => setWidth(Math.floor(place.clientWidth)));
    watcher.observe(place);
    return () => watcher.disconnect();
  }, [place]);
  return width;
}

interface ChartToolsProps {
  /** What the chart is called, so that its tools are told apart from those of others. */
  title: string;
  asTable: boolean;
  setAsTable: (asTable: boolean) => void;
  rows: readonly Row[];
  name: string;
  /** The picture as it is drawn now, if it is. */
  picture: () => SVGSVGElement | null;
  query: string | undefined;
}

/** What can be done with a chart: see its figures, take it away, see the query behind it. */
export function ChartTools({ title, asTable, setAsTable, rows, name, picture, query }: ChartToolsProps) {
  const menu = useRef<HTMLDetailsElement>(null);

  function take(make: (svg: SVGSVGElement) => Promise<Blob> | Blob, ending: string) {
    const svg = picture();
    if (svg) void Promise.resolve(make(svg)).then((content) => save(`${name}.${ending}`, content));
    close();
  }

  function close() {
    if (menu.current) menu.current.open = false;
  }

  return (
    <div className="card-tools">
      <button
        type="button"
        className="button button-quiet"
        aria-label={`Table: ${title}`}
        aria-pressed={asTable}
        onClick={() => setAsTable(!asTable)}
      >
        Table
      </button>
      <details
        ref={menu}
        className="menu"
        onBlur={(event) => {
          if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) close();
        }}
      >
        <summary className="button button-quiet" aria-label={`Download: ${title}`}>
          Download
        </summary>
        <div className="menu-items">
          <button type="button" disabled={asTable} onClick={() => take(svgOf, "svg")}>
            Picture, SVG
          </button>
          <button type="button" disabled={asTable} onClick={() => take(pngOf, "png")}>
            Picture, PNG
          </button>
          <button
            type="button"
            onClick={() => {
              save(`${name}.csv`, csvOf(rows));
              close();
            }}
          >
            Figures, CSV
          </button>
        </div>
      </details>
      {query && (
        <a className="button button-quiet" href={query} aria-label={`Show the query: ${title}`}>
          Show the query
        </a>
      )}
    </div>
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
              <th key={column} scope="col" className={isNumeric(rows, column) ? "number" : undefined}>
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

function isNumeric(rows: readonly Row[], column: string): boolean {
  return rows.some((row) => typeof row[column] === "number");
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number"
    ? value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 1_000 ? 2 : 0 })
    : value;
}

/** Makes a drawn picture one that can be read out: as a whole, or by the links in it where it has some. */
export function readable(svg: SVGSVGElement | HTMLElement, summary: string) {
  for (const inline of svg.querySelectorAll("style")) inline.remove(); // styles/parts.css has them: the policy takes none inline
  const links = svg.querySelectorAll("a");
  for (const link of links) {
    const named = link.querySelector("[aria-label]")?.getAttribute("aria-label");
    const target = link.getAttribute("xlink:href");
    if (target) link.setAttribute("href", target);
    link.removeAttribute("xlink:href");
    if (named) link.setAttribute("aria-label", named);
  }
  for (const part of svg.querySelectorAll("[aria-label]:not(a)")) part.removeAttribute("aria-label");
  for (const text of svg.querySelectorAll("text"))
    if (links.length && !text.closest("a")) text.setAttribute("aria-hidden", "true"); // links say it all
  svg.setAttribute("role", links.length ? "group" : "img");
  svg.setAttribute("aria-label", summary);
}
