import { type ReactNode, useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { graphql } from "./gql";

interface Named {
  path: string;
  title: string;
  named?: string;
}

/** Header, navigation, the banner of made-up data, and the page itself, which gets the focus when it changes. */
export function Layout({ pages, children }: { pages: readonly Named[]; children: ReactNode }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const title = pages.find((page) => page.path === path)?.title ?? "Not found";

  useEffect(() => {
    document.title = `${title} · PayRank`;
    if (!first.current) main.current?.focus();
    first.current = false;
    const here = document.querySelector<HTMLElement>(".nav [aria-current]"); // on a phone the navigation is wider than the window
    here?.parentElement?.scrollTo({ left: here.offsetLeft - here.parentElement.offsetLeft - 40 });
  }, [title]);

  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <header className="header">
        <Link href="/" className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          PayRank
        </Link>
        <nav aria-label="Pages" className="nav">
          {pages
            .filter((page) => page.named)
            .map((page) => {
              // The editor's document has a policy of its own, so it is loaded anew.
              const Way = page.path === "/graphiql" ? "a" : Link;
              return (
                <Way key={page.path} href={page.path} aria-current={page.path === path ? "page" : undefined}>
                  {page.named}
                </Way>
              );
            })}
        </nav>
        <ThemeButton />
      </header>
      <SampleBanner />
      <main id="main" ref={main} tabIndex={-1} className={path === "/graphiql" ? "main main-full" : "main"}>
        {children}
      </main>
    </>
  );
}

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
      <span className="visually-hidden">
        Theme: {theme}. Change to {next}.
      </span>
    </button>
  );
}

const Mix = graphql(`
  query Mix {
    edition { sources { kind records } }
  }
`);

/** Says on every view that records are made up, as long as any are. */
export function SampleBanner() {
  const [{ data }] = useQuery({ query: Mix });
  const sources = data?.edition.sources ?? [];
  const sample = sources.filter((source) => source.kind === "SAMPLE").reduce((sum, source) => sum + source.records, 0);
  if (!sample) return null;
  const all = sources.reduce((sum, source) => sum + source.records, 0);
  return (
    <div className="banner" role="note">
      {sample === all
        ? "All records here are made up"
        : `${sample.toLocaleString("en")} of ${all.toLocaleString("en")} records here are made up`}
      , to show how the service works. They say nothing about real pay.
    </div>
  );
}
