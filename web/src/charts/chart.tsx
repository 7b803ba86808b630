import type { Markish, PlotOptions } from "@observablehq/plot";
import { useEffect, useId, useState, type MouseEvent, type ReactNode } from "react";
import { useLocation } from "wouter";
import { ChartTools } from "./chart-tools";
import type { Row } from "./download";
import { readable } from "./readable";
import { Table } from "./table";
import "./chart.css";

export { Table };

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
export function Chart({ title, summary, rows, name, height = 320, draw, query, busy = false, below, children }: ChartProps) {
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
