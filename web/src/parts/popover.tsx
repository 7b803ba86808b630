import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import "./popover.css";

interface PopoverProps {
  /** What the button says. */
  button: ReactNode;
  /** What is in the panel, for those who do not see it. */
  label: string;
  /** Set where the button stands for something that was chosen. */
  chosen?: boolean;
  /** What stands beside the button. */
  beside?: ReactNode;
  /** The panel; rendered only while it is open. */
  children: () => ReactNode;
}

/** A button with a panel below it, which closes by Escape, a click elsewhere, or when the focus goes on. */
export function Popover({ button, label, chosen = false, beside, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const here = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useId();

  useEffect(() => {
    if (!open) return;
    const elsewhere = (event: PointerEvent) => {
      if (!here.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);

  return (
    <div
      ref={here}
      className="popover"
      data-chosen={chosen || undefined}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        opener.current?.focus();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button ref={opener} type="button" className="popover-button" aria-expanded={open} aria-controls={open ? panel : undefined} onClick={() => setOpen(!open)}>
        {button}
      </button>
      {beside}
      {open && (
        <div id={panel} role="group" aria-label={label} className="popover-panel" ref={keepInside}>
          {children()}
        </div>
      )}
    </div>
  );
}

/** Moves a panel that would reach over the right edge of the window back into it. */
function keepInside(panel: HTMLDivElement | null) {
  if (!panel) return;
  const over = panel.getBoundingClientRect().right - document.documentElement.clientWidth + 12;
  if (over > 0) panel.style.translate = `${-over}px`;
}
