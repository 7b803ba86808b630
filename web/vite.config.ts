import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Lays a compressed copy beside each file, so that the service never compresses one itself. */
function compressed(): Plugin {
  const ways = { ".br": promisify(brotliCompress), ".gz": promisify(gzip) };
  return {
    name: "compressed",
    async writeBundle({ dir = "dist" }) {
      const folder = join(dir, "assets");
      for (const name of await readdir(folder)) {
        const content = await readFile(join(folder, name));
        for (const [ending, compress] of Object.entries(ways)) {
          await writeFile(join(folder, name + ending), await compress(content));
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  // A data: URL would need a wider content security policy, so nothing is inlined.
  build: { assetsInlineLimit: 0, sourcemap: false, target: "es2023", chunkSizeWarningLimit: 6_000 },
  // They import workers by names that only a build and Vite's own loader understand.
  optimizeDeps: { exclude: ["graphiql/setup-workers/vite", "@graphiql/react/setup-workers/vite"] },
  server: { proxy: Object.fromEntries(["/graphql", "/challenge", "/downloads"].map((path) => [path, "http://127.0.0.1:8000"])) },
});
