import { type MouseEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { addressOf } from "./base";
import { readStored, writeStored } from "./components/storage";
import { withCode } from "./components/text-with-code";
import { graphql } from "./gql";
import type { LoadedDataQuery } from "./gql/graphql";

interface PageLink {
  path: string;
  title: string;
  navLabel?: string;
}

/** Header, navigation, the banner about the data, footer, and the current page, which gets the focus when it changes. */
export function Layout({ pages, children }: { pages: readonly PageLink[]; children: ReactNode }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const title = pages.find((page) => page.path === path)?.title ?? "Not found";

  useEffect(() => {
    document.title = `${title} · PayRank`;
    if (!first.current) main.current?.focus();
    first.current = false;
    const current = document.querySelector<HTMLElement>(".page-nav [aria-current]"); // on a phone the navigation scrolls sideways
    current?.parentElement?.scrollTo({ left: current.offsetLeft - current.parentElement.offsetLeft - 40 });
  }, [title]);

  function skipToMain(event: MouseEvent) {
    event.preventDefault();
    main.current?.focus();
    main.current?.scrollIntoView();
  }

  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: by default it would replace the fragment, which holds parts of the view */}
      <a className="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header className="page-header">
        <Link href="/" className="brand">
          <img src={addressOf("/icon.svg")} alt="" width="24" height="24" />
          PayRank
        </Link>
        <nav aria-label="Pages" className="page-nav">
          {pages
            .filter((page) => page.navLabel)
            .map((page) => {
              // GraphiQL has another content security policy, so it needs a page load.
              const Anchor = page.path === "/graphiql" ? "a" : Link;
              return (
                <Anchor
                  key={page.path}
                  href={Anchor === "a" ? addressOf(page.path) : page.path}
                  aria-current={page.path === path ? "page" : undefined}
                >
                  {page.navLabel}
                </Anchor>
              );
            })}
        </nav>
        <ThemeButton />
      </header>
      <DataBanner />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className={path === "/graphiql" ? "page-main page-main-full" : "page-main"}
      >
        {children}
      </main>
      {path !== "/graphiql" && (
        <footer className="page-footer">
          <Link href="/receipt">Look up your contribution</Link>
          <Link href="/about">About the data</Link>
        </footer>
      )}
    </>
  );
}

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const STORAGE_KEY = "payrank-theme";

/** Cycles through the system's theme, light and dark; the choice is stored in this browser only. */
function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    writeStored("localStorage", STORAGE_KEY, theme);
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

function storedTheme(): Theme {
  const stored = readStored("localStorage", STORAGE_KEY);
  return THEMES.find((theme) => theme === stored) ?? "auto";
}

const LoadedData = graphql(`
  query LoadedData {
    edition { number sources { kind records } }
    dataLoading { state message done files }
  }
`);
const POLL_MILLISECONDS = 2000;

/** Says on every page what a new installation is loading, and that sample records are made up. */
function DataBanner() {
  const [{ data }, refresh] = useQuery({ query: LoadedData });
  const first = useRef<number>(undefined);
  const loading = data?.dataLoading?.state === "LOADING";
  const edition = data?.edition.number;
  first.current ??= edition;
  const hasNewRecords = edition !== undefined && edition !== first.current;

  useEffect(() => {
    if (!loading) return;
    const timer = setInterval(() => refresh({ requestPolicy: "network-only" }), POLL_MILLISECONDS);
    return () => clearInterval(timer);
  }, [loading, refresh]);

  useEffect(() => {
    if (hasNewRecords && first.current === 0 && location.pathname === addressOf("/")) location.reload();
  }, [hasNewRecords]);

  const message = data && bannerMessage(data);
  if (!message && !hasNewRecords) return null;
  return (
    <div className="banner" role="note">
      {message && withCode(message)}
      {hasNewRecords && (
        <button type="button" className="button" onClick={() => location.reload()}>
          Show the new records
        </button>
      )}
    </div>
  );
}

function bannerMessage({ edition, dataLoading }: LoadedDataQuery): string {
  const all = edition.sources.reduce((sum, source) => sum + source.records, 0);
  const samples = edition.sources.filter((source) => source.kind === "SAMPLE");
  const sample = samples.reduce((sum, source) => sum + source.records, 0);
  const made =
    sample === all ? "All records are" : `${sample.toLocaleString("en")} of ${all.toLocaleString("en")} records are`;
  const parts = [
    sample > 0 && `${made} made-up sample data. They say nothing about real pay.`,
    dataLoading?.state === "LOADING" &&
      `Loading open pay data, ${dataLoading.done} of ${dataLoading.files} files done. ${dataLoading.message}`,
    dataLoading && dataLoading.state !== "LOADING" && sample === all && dataLoading.message,
  ];
  return parts.filter(Boolean).join(" ");
}
