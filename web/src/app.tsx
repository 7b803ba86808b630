import { lazy, Suspense, type ComponentType } from "react";
import { Route, Switch } from "wouter";
import { Boundary } from "./parts/boundary";
import { Layout } from "./parts/layout";
import { Loading } from "./parts/states";
import { NotFound } from "./pages/not-found";

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
  { path: "/contribute", title: "Contribute your pay", named: "Contribute", view: lazy(() => import("./pages/contribute")) },
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
