import type { Markish, PlotOptions } from "@observablehq/plot";
import { type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { csvFile, download, pngImage, type Row, svgImage } from "./export";
import "./chart.css";

type Plot = typeof import("./plot");

export interface ChartProps {
  /** The heading. */
  title: string;
  /** The text alternative: what the chart shows, in a sentence. */
  summary: string;
  /** The data behind it for the table and the CSV file, keyed by column name. */
  rows: readonly Row[];
  /** File name of downloads, without the extension. */
  name: string;
  height?: number;
  /**
   * Plot options and marks for a width; Plot is an argument since it loads only when a chart is shown. Marks with a `href`
   * become links within the page. Null while there is nothing to draw; the children then say why.
   */
  draw: Draw | null;
  /** The URL that opens its query in GraphiQL. */
  query?: string;
  /** Whether newer data is loading. */
  busy?: boolean;
  /** Content below the chart; the children are above it. */
  below?: ReactNode;
  children?: ReactNode;
}

export type Draw = (plot: Plot, width: number) => PlotOptions & { marks: Markish[] };

const MIN_WIDTH = 160; // px; narrower only while the page has no layout yet

/** A chart card: the chart or its data as a table, with downloads of both. */
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
  const [container, setContainer] = useState<HTMLDivElement | null>(null);
  const plot = usePlot();
  const width = useWidth(container);
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  const [, navigate] = useLocation();

  useEffect(() => {
    if (!container || !plot || width < MIN_WIDTH || !draw) return;
    const drawn = plot.plot({ width, height, className: "plot", ...draw(plot, width) });
    makeAccessible(drawn, summary);
    const focused = container.contains(document.activeElement) ? document.activeElement : null;
    container.replaceChildren(drawn);
    if (focused) refocus(container, focused);
  }, [container, plot, width, height, draw, summary]);

  function follow(event: MouseEvent) {
    const target = (event.target as Element).closest("a")?.getAttribute("href");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate(`~${target}`); // it has the base path already
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
            drawing={() => container?.querySelector("svg") ?? null}
            query={query}
          />
        )}
      </div>
      {children}
      {draw &&
        (asTable ? (
          <Table rows={rows} caption={title} />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: it handles clicks of the links inside
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys that follow a link send a click
          <div ref={setContainer} className="chart" style={{ minHeight: height }} tabIndex={-1} onClick={follow} />
        ))}
      {below}
    </section>
  );
}

/** Observable Plot, or null while it loads. */
function usePlot(): Plot | null {
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    let mounted = true;
    void import("./plot").then((module) => mounted && setPlot(module));
    return () => {
      mounted = false;
    };
  }, []);
  return plot;
}

/** The current width of an element in px. */
function useWidth(container: HTMLElement | null): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!container) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(container.clientWidth)));
    observer.observe(container);
    return () => observer.disconnect();
  }, [container]);
  return width;
}

interface ChartToolsProps {
  /** The title of the chart, to distinguish its buttons from those of other charts. */
  title: string;
  asTable: boolean;
  setAsTable: (asTable: boolean) => void;
  rows: readonly Row[];
  name: string;
  /** The current drawing, if there is one. */
  drawing: () => SVGSVGElement | null;
  query: string | undefined;
}

/** Buttons of a chart: table, downloads, and its query in GraphiQL. */
function ChartTools({ title, asTable, setAsTable, rows, name, drawing, query }: ChartToolsProps) {
  const menu = useRef<HTMLDetailsElement>(null);

  function downloadImage(render: (svg: SVGSVGElement) => Promise<Blob> | Blob, extension: string) {
    const svg = drawing();
    if (svg) void Promise.resolve(render(svg)).then((content) => download(`${name}.${extension}`, content));
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
          <button type="button" disabled={asTable} onClick={() => downloadImage(svgImage, "svg")}>
            Image (SVG)
          </button>
          <button type="button" disabled={asTable} onClick={() => downloadImage(pngImage, "png")}>
            Image (PNG)
          </button>
          <button
            type="button"
            onClick={() => {
              download(`${name}.csv`, csvFile(rows));
              close();
            }}
          >
            Data (CSV)
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

/** The data of a chart as a table. */
function Table({ rows, caption }: { rows: readonly Row[]; caption: string }) {
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

/** Focuses the link that replaces a focused one; the container if it is gone, as a followed link is. */
function refocus(container: HTMLElement, replaced: Element) {
  const target = replaced.getAttribute("href");
  const links = [...container.querySelectorAll("a")];
  (links.find((link) => target !== null && link.getAttribute("href") === target) ?? container).focus();
}

/** Makes a drawing accessible: as one image, or by its links if it has some. */
function makeAccessible(svg: SVGSVGElement | HTMLElement, summary: string) {
  for (const inline of svg.querySelectorAll("style")) inline.remove(); // chart.css has their rules; the content security policy blocks inline styles
  const links = svg.querySelectorAll("a");
  for (const link of links) {
    const label = link.querySelector("[aria-label]")?.getAttribute("aria-label");
    const target = link.getAttribute("xlink:href");
    if (target) link.setAttribute("href", target);
    link.removeAttribute("xlink:href");
    if (label) link.setAttribute("aria-label", label);
  }
  for (const part of svg.querySelectorAll("[aria-label]:not(a)")) part.removeAttribute("aria-label");
  for (const text of svg.querySelectorAll("text")) {
    if (links.length && !text.closest("a")) text.setAttribute("aria-hidden", "true"); // the links' labels include it
  }
  svg.setAttribute("role", links.length ? "group" : "img");
  svg.setAttribute("aria-label", summary);
}
