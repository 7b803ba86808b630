export type Row = Record<string, string | number | null>;

/** Have the browser keep something as a file. */
export function save(name: string, content: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Rows as a CSV file, by RFC 4180; the columns are those of the first row. */
export function csvOf(rows: readonly Row[]): Blob {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number | null | undefined)[]) => cells.map(quoted).join(",");
  const text = [line(columns), ...rows.map((row) => line(columns.map((column) => row[column])))].join("\r\n");
  return new Blob([`${text}\r\n`], { type: "text/csv" });
}

function quoted(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const INHERITED = [
  "color",
  "fill",
  "stroke",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
  "stroke-dasharray",
] as const;

/** A chart as a file of its own: what its style sheet says is written into it. */
export function svgOf(svg: SVGSVGElement): Blob {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const drawn = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copied = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  drawn.forEach((element, number) => {
    const style = getComputedStyle(element);
    for (const name of INHERITED) copied[number]?.style.setProperty(name, style.getPropertyValue(name));
  });
  for (const link of copy.querySelectorAll("a")) link.removeAttribute("href"); // they lead nowhere outside of the page
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/** The same as pixels, two for each of the screen's. */
export async function pngOf(svg: SVGSVGElement): Promise<Blob> {
  const address = URL.createObjectURL(svgOf(svg));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * svg.clientWidth;
    canvas.height = 2 * svg.clientHeight;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => {
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The browser made no picture."))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
