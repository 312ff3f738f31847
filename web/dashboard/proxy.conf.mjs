// `npm run dev`: the dashboard reloads live here and asks a running server (or the mock) for everything else.
const target = process.env.HITKEEP_URL ?? "http://localhost:8080";

export default Object.fromEntries(
  ["/api", "/ingest", "/hk.js", "/healthz", "/readyz"].map((path) => [path, { target, changeOrigin: true }]),
);
