import "./chart.css";

interface IntervalBarProps {
  /** The figure and the two ends of its interval. */
  at: number;
  low: number;
  high: number;
  /** What the two ends of the bar stand for. */
  from: number;
  to: number;
  /** What figures are held against, such as 0 or the middle. */
  line?: number;
  /** For figures that point somewhere. */
  tone?: "plain" | "good" | "bad";
}

/** A figure as a dot on its interval. Only for the eye: the figures stand beside it as text. */
export function IntervalBar({ at, low, high, from, to, line, tone = "plain" }: IntervalBarProps) {
  const place = (value: number) => (100 * (Math.min(Math.max(value, from), to) - from)) / (to - from || 1);
  return (
    <span className={`interval-bar interval-bar-${tone}`} aria-hidden="true">
      {line !== undefined && <span className="interval-bar-line" style={{ left: `${place(line)}%` }} />}
      <span className="interval-bar-span" style={{ left: `${place(low)}%`, width: `${place(high) - place(low)}%` }} />
      <span className="interval-bar-dot" style={{ left: `${place(at)}%` }} />
    </span>
  );
}
