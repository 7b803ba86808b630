import { useRef } from "react";
import { csvOf } from "./csv";
import { save, type Row } from "./download";
import { pngOf, svgOf } from "./picture";

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
      <button type="button" className="button button-quiet" aria-label={`Table: ${title}`} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
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
