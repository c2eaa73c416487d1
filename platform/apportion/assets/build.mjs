// Bundles scripts and styles into ../static/built under names that hold their content's hash, compresses them
// in advance, writes manifest.json, and copies the print typefaces. Run it through build.py.
import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const fonts = process.argv[3];

const scss = {
  name: "scss",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path }) => ({
      contents: sass.compile(path, {
        loadPaths: [join(here, "node_modules/@uswds/uswds/packages")],
        quietDeps: true,
        logger: sass.Logger.silent,
      }).css
        // Its typefaces are ours, in fonts.css.
        .replace(/@font-face\s*\{[^}]*\}/g, "")
        .replaceAll("uswds/img/", "@uswds/uswds/src/img/"),
      loader: "css",
      resolveDir: here,
    }));
  },
};

mkdirSync(out, { recursive: true });
// Files of an earlier build stay for an hour: a server that is running now still names them.
for (const file of readdirSync(out)) {
  if (Date.now() - statSync(join(out, file)).mtimeMs > 3_600_000) rmSync(join(out, file));
}
const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: { frame: "scripts/frame.ts", reader: "scripts/reader.ts", editor: "scripts/editor.ts", charts: "scripts/charts.ts", styles: "styles/frame-entry.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty", ".svg": "dataurl" },
  plugins: [scss],
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [path, { entryPoint, inputs }] of Object.entries(result.metafile.outputs)) {
  const file = basename(path);
  const source = entryPoint ?? Object.keys(inputs ?? {})[0];
  if (!source || file.endsWith(".txt")) continue;
  const name = entryPoint === "styles/frame-entry.css" ? "frame.css" : basename(source).replace(/\.ts$/, ".js");
  manifest[name] = file;
}
const mark = readFileSync(join(here, "mark.svg"));
manifest["mark.svg"] = `mark-${createHash("sha256").update(mark).digest("hex").slice(0, 8)}.svg`;
writeFileSync(join(out, manifest["mark.svg"]), mark);
for (const file of readdirSync(out)) {
  if (![".js", ".css", ".svg"].includes(extname(file)) || !Object.values(manifest).includes(file)) continue;
  const bytes = readFileSync(join(out, file));
  writeFileSync(join(out, file + ".br"), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
  writeFileSync(join(out, file + ".gz"), gzipSync(bytes, { level: 9 }));
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

mkdirSync(fonts, { recursive: true });
for (const [family, cuts] of [
  ["public-sans", ["400Regular", "400Regular_Italic", "600SemiBold", "700Bold"]],
  ["source-serif-4", ["400Regular", "400Regular_Italic", "600SemiBold"]],
]) {
  for (const cut of cuts) {
    const folder = join(here, "node_modules/@expo-google-fonts", family, cut);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ttf"))) copyFileSync(join(folder, file), join(fonts, file));
  }
}
console.log(`built ${Object.keys(manifest).length} assets into ${relative(process.cwd(), out)}`);
