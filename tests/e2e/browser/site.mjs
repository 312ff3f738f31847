// A site's server in front of the program, and its owner.

import assert from "node:assert/strict";
import http from "node:http";

// A browser that calls itself headless is counted as a bot.
const USER_AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

/** Passes a request on; gives the answer. */
export function forward({ port }, { path, method, headers, body }) {
  return new Promise((resolve, reject) => {
    http.request({ host: "127.0.0.1", port, path, method, headers }, resolve).on("error", reject).end(body);
  });
}

/** Serves `pages` (html by path) and everything that is the tracker's from the program; `sent` is what pages sent. */
export class Front {
  sent = []; // {to, status, ...body}
  #waiting = new Set();

  static async start(program, pages) {
    const front = new Front();
    front.server = http.createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      const page = pages[pathname];
      if (page !== undefined) {
        const { status = 200, html = page, headers = {} } = typeof page === "object" ? page : {};
        response.writeHead(status, { "Content-Type": "text/html", ...headers });
        response.end(`<!doctype html><title>${pathname}</title>${html}`);
        return;
      }
      const body = Buffer.concat(await request.toArray());
      // While a page is left, a headless browser says what it is, whatever the test made it say.
      for (const name of Object.keys(request.headers)) if (name.startsWith("sec-ch-ua")) delete request.headers[name];
      request.headers["user-agent"] = USER_AGENT;
      const answer = await forward(program, {
        path: request.url,
        method: request.method,
        headers: request.headers,
        body,
      });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      if (request.method === "POST") front.#note({ to: pathname, status: answer.statusCode, ...JSON.parse(body) });
    });
    await new Promise((resolve) => front.server.listen(0, "127.0.0.1", resolve));
    front.url = `http://localhost:${front.server.address().port}`;
    return front;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  #note(what) {
    this.sent.push(what);
    for (const look of this.#waiting) look();
  }

  /** Fails unless the events that pages sent are `expected`, [name, properties], once as many have come. Each is a
   *  request of its own: which of two comes first is the browser's affair. */
  async sees(expected) {
    const sorted = (events) => events.map(([n, p]) => JSON.stringify([n, Object.entries(p).sort()])).sort();
    const events = await this.#when(`${expected.length} events`, () => {
      const come = this.sent.filter(({ n, to }) => n !== undefined && to.endsWith("/event"));
      return come.length >= expected.length && come;
    });
    assert.deepEqual(sorted(events.map(({ n, p }) => [n, p])), sorted(expected));
  }

  /** When something was sent for which `holds`; gives it. */
  until(holds) {
    return this.#when(`something for which ${holds}`, () => this.sent.find(holds));
  }

  #when(what, ask) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited for ${what}, of ${JSON.stringify(this.sent)}`));
      }, 60_000);
      const look = () => {
        const found = ask();
        if (!found) return;
        this.#waiting.delete(look);
        clearTimeout(late);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Asks the program as its owner. */
export class Owner {
  constructor(server) {
    this.server = server;
  }

  async ask(path, body) {
    const answer = await fetch(this.server.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", Cookie: this.cookie ?? "" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
    const token = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("hk_token="));
    if (token) this.cookie = token.split(";")[0];
    return JSON.parse(text);
  }

  async setUp(domain) {
    const code = this.server.link.replace(/.*=/, "");
    const account = { email: "ada@example.com", password: "correct horse battery", given_name: "Ada", last_name: "L" };
    await this.ask("api/initial-user", { ...account, setup_code: code });
    this.site = await this.ask("api/sites", { domain, zone: "UTC" });
  }

  /** [path, views, events] of all pages below `root`, sorted, once the last of them is there. */
  async pages(root) {
    const query = { metrics: ["pageviews", "events"], dimensions: ["page"], limit: 1000 };
    for (;;) {
      const { results } = await this.ask(`api/sites/${this.site.id}/query`, { range: "2d", queries: { pages: query } });
      const rows = results.pages.rows.map(({ dimensions, metrics }) => [...dimensions, ...metrics]);
      const own = rows.filter(([path]) => path.startsWith(root)).sort();
      if (own.some(([path]) => path === `${root}fence`)) return own;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
