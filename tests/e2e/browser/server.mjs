// The real program for browser tests: one process, one fresh data directory. HITKEEP_BIN names the program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const BIN = resolve(process.env.HITKEEP_BIN ?? join(ROOT, "build/asan/hitkeep"));
/** Sanitizers on a busy machine; nothing waits this long when all is well. */
const START_MS = 60_000;
/** A mail is sent at once; as above. */
const MAIL_MS = 30_000;

/** A port that is free now. The printed link must carry the public address, so the port is chosen beforehand. */
async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export class Server {
  lines = [];
  settings = {};

  /** A new instance; `base` is the path of the deployment, with a slash at both ends; `settings` are more variables. */
  static async start(base = "/", settings = {}) {
    const server = new Server();
    server.settings = settings;
    server.data = await mkdtemp(join(tmpdir(), "hitkeep-browser-"));
    server.port = await freePort();
    server.url = `http://localhost:${server.port}${base}`;
    server.link = await server.run(/(http\S*#setup=[A-Za-z0-9_-]+)/);
    return server;
  }

  /** On data that are there already, in `data`/data. */
  static async startOn(data) {
    const server = new Server();
    server.data = data;
    server.port = await freePort();
    server.url = `http://localhost:${server.port}/`;
    await server.run(/(listening)/);
    return server;
  }

  /** As a crash would, then again on the same data and port. */
  async crashAndRestart() {
    this.process.kill("SIGKILL");
    await this.ended;
    await this.run(/(listening)/);
  }

  /** Starts the process and waits for a line of its output; gives what the pattern found. */
  async run(awaited) {
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HITKEEP_")));
    this.process = spawn(BIN, [], {
      cwd: this.data,
      env: {
        ...own,
        HITKEEP_DATA_PATH: join(this.data, "data"),
        HITKEEP_HTTP_ADDR: `127.0.0.1:${this.port}`,
        HITKEEP_PUBLIC_URL: this.url,
        // A test loads pages faster than a person; the limits have tests of their own.
        HITKEEP_API_RATE_LIMIT: "1000000",
        HITKEEP_API_BURST: "1000000",
        HITKEEP_AUTH_RATE_LIMIT: "1000000",
        HITKEEP_AUTH_BURST: "1000000",
        ...this.settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve(code ?? signal)));
    const found = new Promise((resolve) => {
      for (const stream of [this.process.stdout, this.process.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          this.lines.push(line);
          const match = awaited.exec(line);
          if (match) resolve(match[1]);
        });
      }
    });
    const late = new Promise((resolve) => setTimeout(resolve, START_MS, undefined).unref());
    const text = await Promise.race([found, this.ended.then(() => undefined), late]);
    assert.ok(text, `${awaited} was not printed:\n${this.lines.join("\n")}`);
    return text;
  }

  async stop() {
    this.process.kill("SIGTERM");
    assert.equal(await this.ended, 0, this.lines.join("\n"));
  }

  /** Ends the process if it still runs, and leaves nothing behind. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
    await rm(this.data, { recursive: true, force: true });
  }
}

/** A mail server that keeps what it gets: `mails` are {from, to, subject, text, html}. */
export class MailServer {
  mails = [];

  static async start() {
    const server = new MailServer();
    server.process = spawn("python3", [join(ROOT, "tests/e2e/mail_server.py")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    server.ended = new Promise((resolve) => server.process.on("exit", resolve));
    const port = new Promise((resolve) => {
      createInterface({ input: server.process.stdout }).on("line", (line) => {
        if (line.startsWith("port=")) resolve(Number(line.slice("port=".length)));
        else server.mails.push(JSON.parse(line));
        server.heard?.();
      });
    });
    server.port = await Promise.race([port, server.ended.then(() => undefined)]);
    assert.ok(server.port, "the mail server did not start");
    return server;
  }

  /** The first mail, also one that is still to come. */
  async first() {
    const late = new Promise((resolve) => setTimeout(resolve, MAIL_MS, undefined).unref());
    const come = new Promise((resolve) => (this.heard = () => this.mails.length && resolve()));
    this.heard();
    await Promise.race([come, late]);
    assert.ok(this.mails.length, "no mail came");
    return this.mails[0];
  }

  /** It ends with its input. */
  async stop() {
    this.process.stdin.end();
    await this.ended;
  }
}

/** A site of three pages on localhost that carries the snippet; `hrefs` are the requests that it got. */
export async function startSite(snippet) {
  const page = (title) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${snippet}
    </head><body><h1>${title}</h1><a href="/">Home</a> <a href="/guide">Guide</a> <a href="/about">About</a></body></html>`;
  const server = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end(page(request.url));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
