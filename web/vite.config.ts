import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The generated messages stand outside this folder, so their runtime is named by its place.
const runtime = here("./node_modules/@bufbuild/protobuf/dist/esm");

// A file of texts holds both languages side by side, so that they are written together. A reader loads one: each language imports its own copy
// of the file, from which the other's texts fall out as unused.
const oneLanguage: Plugin = {
  name: "one-language",
  enforce: "pre",
  async resolveId(source, importer) {
    const language = /\/i18n\/(zh|en)\.ts$/.exec(importer ?? "")?.[1];
    if (!language || !source.startsWith("./texts/")) return undefined;
    const found = await this.resolve(source, importer, { skipSelf: true });
    return found && `${found.id}?${language}`;
  },
};

export default defineConfig({
  plugins: [oneLanguage, react(), tailwindcss()],
  resolve: {
    alias: [
      { find: /^.*\/buf\/validate\/validate_pb(\.js)?$/, replacement: here("./src/api/no-rules.ts") },
      { find: /^@\//, replacement: `${here("./src")}/` },
      { find: /^@gen\//, replacement: `${here("../gen/ts")}/` },
      { find: /^@bufbuild\/protobuf$/, replacement: `${runtime}/index.js` },
      { find: /^@bufbuild\/protobuf\/(codegenv2|wkt|reflect|wire)$/, replacement: `${runtime}/$1/index.js` },
    ],
  },
  build: {
    outDir: here("./assets/console"),
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/flowdesk.v1", "/healthz", "/readyz", "/openapi.json"].map((path) => [path, "http://127.0.0.1:8080"]),
    ),
  },
});
