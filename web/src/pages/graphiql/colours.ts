import { useEffect, useState } from "react";

export type Colours = "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";

/** The colours that the page has now, by its theme button or else by the system; the editor cannot read them off CSS. */
export function useColours(): Colours {
  const [colours, setColours] = useState(now);
  useEffect(() => {
    const system = window.matchMedia(DARK);
    const theme = new MutationObserver(look);
    function look() {
      setColours(now());
    }
    system.addEventListener("change", look);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", look);
      theme.disconnect();
    };
  }, []);
  return colours;
}

function now(): Colours {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return window.matchMedia(DARK).matches ? "dark" : "light";
}
