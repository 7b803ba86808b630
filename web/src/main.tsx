import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Client, cacheExchange, fetchExchange, Provider } from "urql";
import { App } from "./app";
import { addressOf } from "./base";
import { moveOwnParams } from "./components/fragment";
import { wholeData } from "./components/whole-data";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";

/** Queries the service that served the page, by GET if the query fits into a URL, so that responses can be cached. */
const client = new Client({
  url: addressOf("/graphql"),
  exchanges: [wholeData, cacheExchange, fetchExchange],
  preferGetMethod: "within-url-limit",
});

moveOwnParams();
const container = document.getElementById("page");
if (!container) throw new Error("index.html has no element with the id page.");
createRoot(container).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
