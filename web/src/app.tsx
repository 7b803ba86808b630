import { Component, type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { Link, Route, Switch } from "wouter";
import { Failure, Loading } from "./components/query";
import { Layout } from "./layout";

interface Page {
  path: string;
  title: string;
  /** Shown in the navigation. */
  named?: string;
  view: ComponentType;
}

/** Every page is a chunk of its own, so that the first view carries only what it shows. */
export const PAGES: readonly Page[] = [
  { path: "/", title: "Explore pay", named: "Explore", view: lazy(() => import("./pages/explore")) },
  { path: "/offer", title: "Check an offer", named: "Check an offer", view: lazy(() => import("./pages/offer")) },
  { path: "/factors", title: "What moves pay", named: "What moves pay", view: lazy(() => import("./pages/factors")) },
  {
    path: "/contribute",
    title: "Contribute your pay",
    named: "Contribute",
    view: lazy(() => import("./pages/contribute")),
  },
  { path: "/receipt", title: "Your submission", view: lazy(() => import("./pages/receipt")) },
  { path: "/review", title: "Review", view: lazy(() => import("./pages/review")) },
  { path: "/about", title: "About the data", named: "About the data", view: lazy(() => import("./pages/about")) },
  { path: "/graphiql", title: "GraphiQL", named: "GraphiQL", view: lazy(() => import("./pages/graphiql")) },
];

export function App() {
  return (
    <Layout pages={PAGES}>
      <Boundary>
        <Suspense fallback={<Loading what="the page" />}>
          <Switch>
            {PAGES.map(({ path, view }) => (
              <Route key={path} path={path} component={view} />
            ))}
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </Boundary>
    </Layout>
  );
}

/** Shows what went wrong in a page, and leaves the rest of the window as it is. */
export class Boundary extends Component<{ children: ReactNode }, { failed: Error | null }> {
  override state: { failed: Error | null } = { failed: null };

  static getDerivedStateFromError(failed: Error) {
    return { failed };
  }

  override render() {
    const { failed } = this.state;
    if (!failed) return this.props.children;
    return (
      <Failure message={`This page could not be shown: ${failed.message}`} retry={() => window.location.reload()} />
    );
  }
}

export function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        The address may be mistyped. <Link href="/">Explore pay</Link> is where most begin.
      </p>
    </>
  );
}
