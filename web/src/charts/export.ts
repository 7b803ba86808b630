export type Row = Record<string, string | number | null>;

/** Downloads content as a file. */
export function download(name: string, content: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Rows as a CSV file (RFC 4180) with the columns of the first row. */
export function csvFile(rows: readonly Row[]): Blob {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number | null | undefined)[]) => cells.map(quoted).join(",");
  const text = [line(columns), ...rows.map((row) => line(columns.map((column) => row[column])))].join("\r\n");
  return new Blob([`${text}\r\n`], { type: "text/csv" });
}

function quoted(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const STYLES = [
  "color",
  "fill",
  "stroke",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
  "stroke-dasharray",
] as const;

/** A chart as an SVG file with its computed styles inlined. */
export function svgImage(svg: SVGSVGElement): Blob {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const drawn = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copied = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  drawn.forEach((element, number) => {
    const style = getComputedStyle(element);
    for (const name of STYLES) copied[number]?.style.setProperty(name, style.getPropertyValue(name));
  });
  for (const link of copy.querySelectorAll("a")) link.removeAttribute("href"); // relative links are broken outside the page
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/** A chart as a PNG file at twice its size on the screen. */
export async function pngImage(svg: SVGSVGElement): Promise<Blob> {
  const url = URL.createObjectURL(svgImage(svg));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * svg.clientWidth;
    canvas.height = 2 * svg.clientHeight;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error("The browser could not render the image."))),
        "image/png",
      );
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
