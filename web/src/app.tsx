import { Component, type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { Link, Route, Router, Switch } from "wouter";
import { BASE } from "./base";
import { guardedNavigation } from "./components/leave-guard";
import { Failure, Loading } from "./components/query";
import { Layout } from "./layout";

interface Page {
  path: string;
  title: string;
  /** Its label in the navigation; without one it is not listed there. */
  navLabel?: string;
  component: ComponentType;
}

/** Each page is a separate chunk, so that the first view loads only what it shows. */
const PAGES: readonly Page[] = [
  { path: "/", title: "Explore pay", navLabel: "Explore", component: lazy(() => import("./pages/explore")) },
  {
    path: "/offer",
    title: "Check an offer",
    navLabel: "Check an offer",
    component: lazy(() => import("./pages/offer")),
  },
  {
    path: "/factors",
    title: "What moves pay",
    navLabel: "What moves pay",
    component: lazy(() => import("./pages/factors")),
  },
  {
    path: "/contribute",
    title: "Contribute your pay",
    navLabel: "Contribute",
    component: lazy(() => import("./pages/contribute")),
  },
  { path: "/receipt", title: "Your submission", component: lazy(() => import("./pages/receipt")) },
  { path: "/review", title: "Review", component: lazy(() => import("./pages/review")) },
  {
    path: "/about",
    title: "About the data",
    navLabel: "About the data",
    component: lazy(() => import("./pages/about")),
  },
  { path: "/graphiql", title: "GraphiQL", navLabel: "GraphiQL", component: lazy(() => import("./pages/graphiql")) },
];

export function App() {
  return (
    <Router base={BASE} aroundNav={guardedNavigation}>
      <Layout pages={PAGES}>
        <ErrorBoundary>
          <Suspense fallback={<Loading what="the page" />}>
            <Switch>
              {PAGES.map(({ path, component }) => (
                <Route key={path} path={path} component={component} />
              ))}
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </Layout>
    </Router>
  );
}

/** Shows an error of a page in its place and leaves header and navigation usable. */
class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Failure message={`This page could not be shown: ${error.message}`} retry={() => window.location.reload()} />
    );
  }
}

function NotFound() {
  return (
    <>
      <h1>Page not found</h1>
      <p>
        The address may be mistyped. Start from <Link href="/">Explore pay</Link>.
      </p>
    </>
  );
}
