// The line for a page, as each kind of site wants it.

export const PLATFORMS = [
  "html",
  "wordpress",
  "gtm",
  "next",
  "nuxt",
  "astro",
  "hugo",
  "ghost",
  "shopify",
  "docusaurus",
  "server",
] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What the script is asked to count besides, or to wait for, and by which attribute. */
export const ATTRIBUTES = {
  outbound: "data-enable-outbound-tracking",
  downloads: "data-enable-download-tracking",
  forms: "data-enable-form-tracking",
  not_found: "data-enable-not-found-tracking",
  elements: "data-enable-element-tracking",
  web_vitals: "data-enable-web-vitals",
  hash_routing: "data-hash-routing",
  collect_dnt: "data-collect-dnt",
  consent: "data-consent",
} as const;
export type SnippetOption = keyof typeof ATTRIBUTES;

/** `script`: its address; `base`: where it lies, with a slash at the end. */
export function snippetFor(
  platform: Platform,
  { script, base, domain }: { script: string; base: string; domain: string },
  options: readonly SnippetOption[],
): string {
  const asked = (Object.keys(ATTRIBUTES) as SnippetOption[]).filter((option) => options.includes(option));
  const pairs = asked.map((option) => [ATTRIBUTES[option], "true"] as const);
  const html = pairs.map(([name, value]) => ` ${name}="${value}"`).join("");
  const tag = `<script async src="${script}"${html}></script>`;
  const attributes = (indent: string): string =>
    pairs.map(([name, value]) => `${indent}"${name}": "${value}",\n`).join("");
  switch (platform) {
    case "next":
      return `import Script from "next/script";\n\n<Script src="${script}" strategy="afterInteractive"${html} />`;
    case "nuxt":
      return (
        `// nuxt.config.ts\nexport default defineNuxtConfig({\n  app: { head: { script: [{\n    src: "${script}",\n` +
        `    async: true,\n${attributes("    ")}  }] } },\n});`
      );
    case "astro":
      return tag.replace("<script ", "<script is:inline ");
    case "docusaurus":
      return `// docusaurus.config.js\nscripts: [{\n  src: "${script}",\n  async: true,\n${attributes("  ")}}],`;
    case "gtm":
      // A tag manager inserts the element itself, so that it must be made by hand to keep its attributes.
      return (
        `<script>\n(function () {\n  var s = document.createElement("script");\n  s.async = true;\n  s.src = "${script}";\n` +
        pairs.map(([name, value]) => `  s.setAttribute("${name}", "${value}");\n`).join("") +
        `  document.head.appendChild(s);\n})();\n</script>`
      );
    case "wordpress":
      return `// functions.php\nadd_action('wp_head', function () {\n` + `  echo '${tag.replaceAll("'", "\\'")}';\n});`;
    case "server":
      return (
        `curl -X POST ${base}api/ingest/server/pageview \\\n  -H "Authorization: Bearer API_KEY" \\\n` +
        `  -H "Content-Type: application/json" \\\n` +
        `  -d '{"url":"https://${domain}/page","visitor_ip":"…","user_agent":"…"}'`
      );
    default:
      return tag;
  }
}
