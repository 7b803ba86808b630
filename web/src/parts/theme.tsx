import { useEffect, useState } from "react";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "payrank-theme";

function remembered(): Theme {
  const found = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === found) ?? "auto";
}

/** Goes through the system's theme, light and dark; the choice is remembered in this browser alone. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(remembered);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
  }, [theme]);

  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button type="button" className="button button-quiet theme" onClick={() => setTheme(next)}>
      <span aria-hidden="true">{{ auto: "◐", light: "☀", dark: "☾" }[theme]}</span>
      <span className="visually-hidden">Theme: {theme}. Change to {next}.</span>
    </button>
  );
}
