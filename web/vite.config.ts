import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const ENCODERS = { ".br": promisify(brotliCompress), ".gz": promisify(gzip) };

/** Writes a compressed copy beside each asset, so that the service compresses none while it serves. */
function precompress(): Plugin {
  return {
    name: "precompress",
    async writeBundle({ dir = "dist" }) {
      const folder = join(dir, "assets");
      await Promise.all((await readdir(folder)).map((name) => compressCopies(join(folder, name))));
    },
  };
}

async function compressCopies(file: string) {
  const content = await readFile(file);
  await Promise.all(
    Object.entries(ENCODERS).map(async ([suffix, encode]) => writeFile(file + suffix, await encode(content))),
  );
}

export default defineConfig({
  base: "./", // files refer to each other relatively, so that the service can have a path of its own
  // React Aria's own messages in English only: the page has no other language.
  plugins: [react(), precompress(), { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" }],
  build: {
    assetsInlineLimit: 0, // a data: URL would need a wider content security policy
    sourcemap: false,
    target: "es2023",
    chunkSizeWarningLimit: 6_000, // GraphiQL's editor, which loads on its own page only
    rolldownOptions: {
      checks: { pluginTimings: false }, // most of the time goes into compressing, as it should
      onLog(level, log, handle) {
        // Directives such as "use no memo" address the React compiler and server components; neither is used here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
  // They import workers by names that only a build and Vite's own loader understand.
  optimizeDeps: { exclude: ["graphiql/setup-workers/vite", "@graphiql/react/setup-workers/vite"] },
  server: {
    proxy: Object.fromEntries(["/graphql", "/challenge", "/downloads"].map((path) => [path, "http://127.0.0.1:8000"])),
  },
});
