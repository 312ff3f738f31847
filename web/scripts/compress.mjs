// Gathers what the workspaces built into web/dist: every public file, pre-compressed copies beside it (.br, .gz), and
// manifest.tsv, from which the program embeds them. Fails when a size budget is crossed. The mails (mail.json, .br) lie
// beside them and are embedded too, but nobody can fetch them: they are not in the manifest.
//
// manifest.tsv, one line per file: url <TAB> file (relative to web/dist) <TAB> MIME type <TAB> ETag (without quotes) <TAB> 1 if the name
// carries a hash of the content (may be cached for ever), else 0. A copy exists only where it is smaller than the file.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(WEB, "dist");

/** What is published, and under which url prefix. The tracker is optional so that each workspace builds alone. */
const SOURCES = [
  { path: "dashboard/dist/browser", url: "/", required: true },
  { path: "dashboard/dist/3rdpartylicenses.txt", url: "/3rdpartylicenses.txt", required: true },
  ...["hk.js", "hk-core.js", "hk-extra.js", "hk-check.js", "hk-vitals.js", "hk-compat.js"].map((name) => ({
    path: `tracker/dist/${name}`,
    url: `/${name}`,
    required: false,
  })),
];

/** The mails that the program sends; see web/mail. */
const MAILS = "mail/dist/mail.json";

/** What the bundler's own list of licences does not know: files that come in through styles. */
const MORE_LICENCES = [{ name: "Inter", path: "node_modules/@fontsource-variable/inter/LICENSE" }];

/** Everything that index.html loads before the first page shows, fonts aside; bytes after brotli. */
const INITIAL_BUDGET = 110_000;

const MIME = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** The bundler's own mark: eight characters of base64url before the extension. */
const HASHED_NAME = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

async function* filesUnder(path) {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesUnder(child);
    else yield child;
  }
}

const missing = (path) => new Error(`${path} is missing: build the workspaces first (npm run build)`);

async function gather() {
  const files = [];
  for (const { path, url, required } of SOURCES) {
    const full = join(WEB, path);
    if (!existsSync(full)) {
      if (required) throw missing(path);
      console.warn(`${path} is not there: ${url} will not be embedded`);
      continue;
    }
    if (!url.endsWith("/")) {
      files.push({ url, full });
      continue;
    }
    for await (const file of filesUnder(full)) {
      files.push({ url: url + relative(full, file).split(sep).join("/"), full: file });
    }
  }
  return files.sort((a, b) => (a.url < b.url ? -1 : 1));
}

/** The page itself: the server replaces the base href, and the text font starts loading with the styles. */
function finishIndex(html, urls) {
  if (html.split('<base href="/"').length !== 2) throw new Error('index.html must hold one <base href="/"');
  const font = urls.find((url) => /\/inter-latin-wght-normal-[A-Za-z0-9_-]{8}\.woff2$/.test(url));
  if (!font) return html;
  const preload = `<link rel="preload" href="${font.slice(1)}" as="font" type="font/woff2" crossorigin>`;
  return html.replace('<link rel="stylesheet"', `${preload}<link rel="stylesheet"`);
}

const brotli = (data, text) =>
  brotliCompressSync(data, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: text ? constants.BROTLI_MODE_TEXT : constants.BROTLI_MODE_GENERIC,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  });

await rm(OUT, { recursive: true, force: true });
const files = await gather();
const urls = files.map((file) => file.url);
const manifest = [];
const brotliSize = new Map();
let index = "";

for (const { url, full } of files) {
  const mime = MIME[extname(url)];
  if (!mime) throw new Error(`${url}: no MIME type is known for this extension; add it to compress.mjs`);
  let data = await readFile(full);
  if (url === "/index.html") {
    index = finishIndex(data.toString("utf8"), urls);
    data = Buffer.from(index);
  }
  if (url === "/3rdpartylicenses.txt") {
    for (const { name, path } of MORE_LICENCES) {
      const rule = "-".repeat(80);
      data = Buffer.concat([data, Buffer.from(`\n${rule}\n${name}\n\n`), await readFile(join(WEB, path))]);
    }
  }
  const target = join(OUT, url);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, data);
  const br = brotli(data, !url.endsWith(".woff2"));
  const gz = gzipSync(data, { level: 9 });
  if (br.length < data.length) await writeFile(`${target}.br`, br);
  if (gz.length < data.length) await writeFile(`${target}.gz`, gz);
  brotliSize.set(url, Math.min(br.length, data.length));
  const etag = createHash("sha256").update(data).digest("hex").slice(0, 16);
  manifest.push([url, url.slice(1), mime, etag, HASHED_NAME.test(url) ? 1 : 0].join("\t"));
}
await writeFile(join(OUT, "manifest.tsv"), manifest.join("\n") + "\n");

if (!existsSync(join(WEB, MAILS))) throw missing(MAILS);
const mails = await readFile(join(WEB, MAILS));
await writeFile(join(OUT, "mail.json"), mails);
await writeFile(join(OUT, "mail.json.br"), brotli(mails, true));

const loaded = [...index.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => `/${match[1]}`);
const initial = ["/index.html", ...loaded].reduce((sum, url) => sum + (brotliSize.get(url) ?? 0), 0);
const total = [...brotliSize.values()].reduce((sum, size) => sum + size, 0);
console.log(`web/dist: ${files.length} files, ${total} bytes compressed`);
console.log(`  initial: ${initial} of ${INITIAL_BUDGET} bytes`);
if (initial > INITIAL_BUDGET) {
  console.error("initial is over its budget");
  process.exitCode = 1;
}
