import { useEffect, useRef, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { SampleBanner } from "./sample-banner";
import { ThemeButton } from "./theme";

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
