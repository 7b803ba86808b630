import "./chart.css";

interface IntervalBarProps {
  /** The estimate and the two ends of its interval. */
  value: number;
  low: number;
  high: number;
  /** The values at the two ends of the bar. */
  from: number;
  to: number;
  /** A reference value, such as 0, drawn as a line. */
  line?: number;
  tone?: "plain" | "good" | "bad";
}

/** An estimate as a dot on its interval; hidden from screen readers, since its values are beside it as text. */
export function IntervalBar({ value, low, high, from, to, line, tone = "plain" }: IntervalBarProps) {
  const percent = (at: number) => (100 * (Math.min(Math.max(at, from), to) - from)) / (to - from || 1);
  return (
    <span className={`interval-bar interval-bar-${tone}`} aria-hidden="true">
      {line !== undefined && <span className="interval-bar-line" style={{ left: `${percent(line)}%` }} />}
      <span
        className="interval-bar-span"
        style={{ left: `${percent(low)}%`, width: `${percent(high) - percent(low)}%` }}
      />
      <span className="interval-bar-dot" style={{ left: `${percent(value)}%` }} />
    </span>
  );
}
