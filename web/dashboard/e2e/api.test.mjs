// The server's description (docs/openapi.json) against what the dashboard was made from: its types and its mock.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { CODE } from "../mock/factors.mjs";
import { Mock } from "../mock/server.mjs";
import { DESCRIPTION, TYPES, typesOf } from "../scripts/api-types.mjs";
import { complaints, resolve } from "../scripts/schema.mjs";

const description = JSON.parse(await readFile(DESCRIPTION, "utf8"));

test("the types are those of the description", async () => {
  assert.equal(await readFile(TYPES, "utf8"), typesOf(description), "out of date? npm run api -w dashboard");
});

test("a value that is not as described is told of", () => {
  const wrong = complaints(
    description,
    { $ref: "#/components/schemas/Notice" },
    { kind: 1, level: "loud", facts: { a: 2 }, more: 1 },
  );
  assert.deepEqual(wrong, [
    "answer.kind is 1, not string",
    'answer.level is "loud", not one of info,warning,alarm',
    "answer.facts.a is 2, not string",
    "answer.more is not described",
  ]);
  assert.deepEqual(complaints(description, { $ref: "#/components/schemas/LiveVisitors" }, {}), [
    "answer lacks visitors",
  ]);
});

test("the mock answers as the server would", async () => {
  const mock = new Mock({ fresh: true });
  const port = await mock.listen();
  /** Asks, and holds the answer against the description of `path`. */
  const ask = async (method, path, body, id = "") => {
    const answer = await fetch(`http://127.0.0.1:${port}${path.replace("{id}", id)}`, {
      method,
      body: body && JSON.stringify(body),
    });
    const operation = description.paths[path]?.[method.toLowerCase()];
    assert.ok(operation, `${method} ${path} is not described`);
    const expected = operation.responses[answer.status];
    assert.ok(expected, `${method} ${path} does not answer ${answer.status}`);
    const json = await answer.json();
    const { schema } = resolve(description, expected).content["application/json"];
    assert.deepEqual(complaints(description, schema, json, `${method} ${path}`), []);
    return json;
  };
  try {
    await ask("GET", "/api/status");
    await ask("GET", "/api/sites"); // 401
    const owner = { email: "ann@example.com", password: "correct horse" };
    await ask("POST", "/api/initial-user", { ...owner, setup_code: "wrong" });
    await ask("POST", "/api/initial-user", { ...owner, setup_code: "MOCK" });
    await ask("POST", "/api/auth/forgot-password", { email: owner.email });
    await ask("POST", "/api/auth/reset-password", { token: "MOCK", password: owner.password });
    await ask("POST", "/api/login", owner);
    await ask("GET", "/api/user/security");
    await ask("POST", "/api/user/security/totp/disable", { code: "000000" });
    await ask("POST", "/api/user/security/totp/setup/start"); // 403
    await ask("POST", "/api/auth/confirm", { password: owner.password });
    await ask("POST", "/api/user/security/totp/setup/start");
    await ask("POST", "/api/user/security/totp/setup/verify", { code: CODE });
    const { codes } = await ask("POST", "/api/user/security/recovery-codes/regenerate");
    await ask("POST", "/api/logout");
    const { challenge_token } = await ask("POST", "/api/login", owner);
    await ask("POST", "/api/auth/mfa/totp/verify", { challenge_token, code: "000000" });
    await ask("POST", "/api/auth/mfa/totp/verify", { challenge_token: "x", code: CODE });
    await ask("POST", "/api/auth/mfa/recovery-code/verify", { challenge_token, code: codes[0] });
    await ask("POST", "/api/user/security/totp/disable", { code: CODE });
    await ask("POST", "/api/user/password", { current_password: "x", new_password: "y" });
    await ask("DELETE", "/api/user/sessions");
    await ask("POST", "/api/auth/session/extend");
    const { id } = await ask("POST", "/api/sites", { domain: "birds.example", zone: "Europe/Berlin" });
    await ask("POST", "/api/sites", { domain: "birds.example" }); // 409
    mock.addSite("demo.example", "Europe/Berlin", true);
    await ask("GET", "/api/sites");
    await ask("GET", "/api/user/bootstrap");
    await ask("PATCH", "/api/sites/{id}", { subdomains: false }, id);
    await ask("GET", "/api/sites/{id}/ingest-status", undefined, id);
    for (const site of mock.sites) await ask("GET", "/api/sites/{id}/events/properties", undefined, site.id);
    for (const site of mock.sites) await ask("GET", "/api/sites/{id}/counted", undefined, site.id);
    await ask("GET", "/api/admin/counted");
    await ask("GET", "/api/request");
    mock.notices = [{ kind: "disk_full", level: "alarm", facts: {} }];
    await ask("GET", "/api/notices");
    for (const site of mock.sites)
      for (const compare of [null, "previous"])
        await ask(
          "POST",
          "/api/sites/{id}/query",
          {
            range: "7d",
            compare,
            filters: [{ dimension: "page", op: "is", values: ["/"] }],
            queries: {
              totals: { metrics: ["visitors", "bounce_rate"] },
              days: { metrics: ["visitors"], dimensions: ["time_day"] },
              pages: { metrics: ["visitors"], dimensions: ["page"] },
            },
          },
          site.id,
        );
    await ask("POST", "/api/logout");
  } finally {
    await mock.close();
  }
});
