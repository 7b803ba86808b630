import type { Row } from "./download";

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
