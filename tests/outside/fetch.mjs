// fetch alone, as any page and program has it: node fetch.mjs URL
import { tour } from "./operations.mjs";

await tour({
  async ask(query, variables) {
    const response = await fetch(process.argv[2], {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors = [] } = await response.json();
    return { data, errors };
  },
});
