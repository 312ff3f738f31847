// The stand-in server's people: the account, API keys, teams, invitations, the audit log. As far as pages go, not further.

const DAY = 86_400_000;
const TEAM = "00000000-0000-4000-a000-000000000001";
const idOf = (n) => `00000000-0000-4000-b000-${String(n).padStart(12, "0")}`;

export class People {
  constructor(mock) {
    this.mock = mock;
    this.made = 0;
    this.names = { given_name: "Ann", last_name: "" };
    this.preferences = { number_format: "language", clock: "language", theme: "system", default_period: "" };
    const at = (days) => new Date(mock.now() - days * DAY).toISOString();
    const session = (n, current, days, browser, os, country) => ({
      id: idOf(n),
      current,
      created_at: at(days),
      expires_at: at(-1),
      remembered: true,
      how: "password",
      country,
      browser,
      os,
    });
    this.sessions = [
      session(901, true, 0, "Firefox", "Linux", "DE"),
      session(902, false, 0.2, "Safari", "iOS", "DE"),
      session(903, false, 13, "Chrome", "Windows", "AT"),
    ];
    this.keys = { "": [], [TEAM]: [] };
    this.makeKey("", { name: "Spreadsheet", scopes: ["read"], all_sites: true, expires_at: at(-90) });
    this.makeKey(TEAM, { name: "Shop backend", scopes: ["ingest"], all_sites: true });
    this.teams = [{ id: TEAM, name: "Birdwatchers", logo_url: "", role: "owner", created_at: at(400) }];
    this.active = TEAM;
    const member = (n, email, given_name, last_name, role) => ({
      id: idOf(n),
      user_id: idOf(n),
      email,
      given_name,
      last_name,
      role,
      added_at: at(300),
    });
    this.members = [
      { ...member(1, "ann@example.com", "Ann", "", "owner"), user_id: "00000000-0000-4000-9000-000000000001" },
      member(2, "jonas@example.com", "Jonas", "Weber", "admin"),
      member(3, "mira@example.com", "Mira", "Aydın", "member"),
    ];
    this.invitations = [this.invitation("lena@example.com", "member")];
    const guest = (n, email, given_name, last_name, domain, site) => ({
      member: { ...member(n, email, given_name, last_name, "viewer"), guest: true },
      site_id: `00000000-0000-4000-8000-${String(site).padStart(12, "0")}`,
      domain,
    });
    this.guests = [guest(11, "lukas@sponsor.example", "Lukas", "Keller", "birdwatch.example", 1)];
    this.guestInvites = [];
    this.entries = Array.from({ length: 45 }, (_, i) => ({
      id: idOf(500 + i),
      created_at: at(i * 0.7),
      actor_type: "person",
      actor_id: this.members[i % 2].user_id,
      actor_email_snapshot: this.members[i % 2].email,
      action: ["auth.login_succeeded", "member.role_updated", "site.updated", "member.invited"][i % 4],
      target_type: ["person", "person", "site", "invitation"][i % 4],
      target_label: ["", "mira@example.com", "birdwatch.example", "lena@example.com"][i % 4],
      outcome: "success",
      ip_country_code: "DE",
      changes: i % 4 === 1 ? [{ field: "role", before: "member", after: "admin" }] : [],
    }));
  }

  invitation(email, role) {
    return {
      id: idOf(700 + ++this.made),
      team_id: TEAM,
      email,
      role,
      status: "pending",
      created_at: new Date(this.mock.now()).toISOString(),
      expires_at: new Date(this.mock.now() + 7 * DAY).toISOString(),
    };
  }

  makeKey(owner, wish) {
    const now = new Date(this.mock.now()).toISOString();
    const key = {
      id: idOf(++this.made),
      owner_type: owner ? "team" : "personal",
      description: "",
      prefix: `hk_a11f${this.made}`,
      scopes: ["read", "manage", "ingest"],
      instance_role: "user",
      all_sites: false,
      site_roles: [],
      created_at: now,
      updated_at: now,
      ...wish,
    };
    this.keys[owner].unshift(key);
    return key;
  }

  /** An answer {status, body}; undefined for what is not about people. */
  answer(method, path, query, json) {
    const done = (body = { status: "ok" }, status = 200) => ({ status, body });
    const refused = (status, code, message, field) => ({ status, problem: [code, message, field] });
    const parts = path.split("/").slice(2); // without "api"
    const route = `${method} ${parts.join("/")}`;
    switch (route) {
      case "GET user/sessions":
        return done(this.sessions);
      case "DELETE user/sessions":
        this.sessions = this.sessions.filter((one) => one.current);
        return done();
      case "PUT user/profile":
        Object.assign(this.names, json);
        return done(this.profile());
      case "PUT user/preferences":
        for (const [name, value] of Object.entries(json)) this.preferences[name] = value;
        return done({ default_locale: "en", ...this.preferences });
      case "POST user/email":
        if (!this.proved) return refused(403, "forbidden", "Give your password first", "proof");
        return done({ status: "ok", link: `http://localhost/confirm-email#token=MOCK` });
      case "POST auth/confirm":
        if (json.password !== this.mock.owner.password)
          return refused(403, "forbidden", "The password is incorrect", "password");
        this.proved = true;
        return done();
      case "DELETE user":
        if (!this.proved) return refused(403, "forbidden", "Give your password first", "proof");
        return refused(409, "conflict", "The last owner of the instance stays");
    }
    if (route === "POST auth/accept-invite") return this.accept(json, done, refused);
    if (parts[1] === "teams" && parts[2]) return this.team(method, parts.slice(2), query, json, done, refused);
    if (route === "POST user/teams") {
      const team = {
        id: idOf(800 + ++this.made),
        name: json.name,
        logo_url: "",
        role: "owner",
        created_at: "2026-11-22T00:00:00Z",
      };
      this.teams.push(team);
      this.active = team.id;
      return done({ team }, 201);
    }
    if (parts[0] === "admin" && parts[2] === "audit") return this.audit(query, done);
    if (parts[0] === "sites" && ["members", "invites"].includes(parts[2]))
      return this.site(method, parts.slice(1), json, done);
    if (method === "DELETE" && parts[1] === "sessions") {
      this.sessions = this.sessions.filter(({ id }) => id !== parts[2]);
      return done();
    }
    if (parts[1] === "api-clients") return this.key("", method, parts.slice(2), json);
    return undefined;
  }

  /** Below /api/user/teams. */
  team(method, [team, what, id, more], query, json, done, refused) {
    if (team === "active") {
      this.active = json.team_id;
      return done({ status: "ok", active_team_id: this.active, recent_team_ids: [] });
    }
    const own = team === TEAM;
    if (what === "api-clients") return this.key(team, method, [id, more], json);
    if (what === "audit") return this.audit(query, done);
    if (what === "guests")
      return done(own ? { guests: this.guests, invites: this.guestInvites } : { guests: [], invites: [] });
    if (what === "invites") return this.invite(method, id, more, this.invitations, (one) => one, done);
    if (method === "PATCH") {
      this.teams.find((one) => one.id === team).name = json.name;
      return done();
    }
    if (what === "paused") {
      this.teams.find((one) => one.id === team).paused = json.paused;
      return done();
    }
    if (what === "transfer-ownership" || (!what && method === "DELETE"))
      return refused(403, "forbidden", "Give your password first", "proof");
    if (what === "leave")
      return refused(400, "invalid", "The last owner cannot leave the team: transfer it first, or delete it");
    if (method === "GET") return done(own ? this.members : this.members.slice(0, 1));
    if (method === "DELETE") {
      this.members = this.members.filter((one) => one.user_id !== id);
      return done();
    }
    const member = this.members.find((one) => one.email === json.email);
    if (member) {
      member.role = json.role;
      return done({ status: "ok", is_invite: false });
    }
    if (this.invitations.some((one) => one.email === json.email))
      return refused(409, "conflict", "Invite already pending", "email");
    const invite = this.invitation(json.email, json.role);
    this.invitations.push(invite);
    return done(this.invited(invite, json));
  }

  invited(invite, { send_mail }) {
    const link = this.mock.mail && send_mail !== false ? undefined : "http://localhost/accept-invite#token=MOCK";
    return { status: "ok", is_invite: true, invite, ...(link ? { link } : {}) };
  }

  /** Members and invitations of a site. */
  site(method, [site, what, id, more], json, done) {
    const { domain } = this.mock.sites.find((one) => one.id === site);
    if (what === "invites") return this.invite(method, id, more, this.guestInvites, (one) => one.invite, done);
    const at = this.guests.findIndex(
      (one) => one.site_id === site && [one.member.user_id, one.member.email].includes(id ?? json.email),
    );
    if (method === "DELETE") this.guests.splice(at, 1);
    else if (at >= 0) this.guests[at].member.role = json.role;
    if (method === "DELETE" || at >= 0) return done({ status: "ok", ...(json.email ? { is_invite: false } : {}) });
    const invite = this.invitation(json.email, json.role);
    this.guestInvites.push({ invite, site_id: site, domain });
    return done(this.invited(invite, json));
  }

  invite(method, id, more, all, of, done) {
    if (!id) return done(all);
    const at = all.findIndex((one) => of(one).id === id);
    if (more) return done(this.invited(of(all[at]), { send_mail: this.mock.mail }));
    all.splice(at, 1);
    return done();
  }

  audit(query, done) {
    const text = query.get("query") ?? "";
    const found = this.entries.filter(
      (one) =>
        (!query.get("action") || one.action === query.get("action")) &&
        (!query.get("actor_id") || one.actor_id === query.get("actor_id")) &&
        (!query.get("from") || one.created_at >= query.get("from")) &&
        `${one.actor_email_snapshot} ${one.target_label} ${one.action}`.includes(text),
    );
    const limit = Number(query.get("limit") ?? 100);
    const offset = Number(query.get("offset") ?? 0);
    const entries = found.slice(offset, offset + limit);
    return done({ entries, total: found.length, limit, offset, has_more: offset + entries.length < found.length });
  }

  /** The token MOCK is for an address without an account, KNOWN for that of the owner. */
  accept({ token, password }, done, refused) {
    if (!["MOCK", "KNOWN"].includes(token)) return refused(400, "invalid", "Invalid or expired invitation", "token");
    if (this.mock.signedIn) {
      if (token === "MOCK") return refused(403, "forbidden", "This invitation is for another address");
      return done();
    }
    if (token === "KNOWN") return refused(401, "unauthenticated", "There is an account with this address");
    if ((password ?? "").length < 10) return refused(400, "invalid", "must have at least 10 characters", "password");
    this.mock.signedIn = true;
    return done();
  }

  key(owner, method, [id, rotate], json) {
    const keys = (this.keys[owner] ??= []);
    const key = keys.find((one) => one.id === id);
    const secret = (client) => ({ client, token: `hk_${"a11f".repeat(16)}` });
    if (!id && method === "GET") return { status: 200, body: keys };
    if (!id) return { status: 201, body: secret(this.makeKey(owner, json)) };
    if (rotate) {
      const until = new Date(this.mock.now() + json.overlap_hours * 3_600_000).toISOString();
      return { status: 200, body: secret(Object.assign(key, { prefix: "hk_new1", old_secret_until: until })) };
    }
    if (method === "DELETE") {
      keys.splice(keys.indexOf(key), 1);
      return { status: 204 };
    }
    const { revoked, ...change } = json;
    Object.assign(key, change);
    if (revoked) key.revoked_at = new Date(this.mock.now()).toISOString();
    else delete key.revoked_at;
    if (!key.expires_at) delete key.expires_at;
    return { status: 200, body: key };
  }

  profile() {
    const { given_name, last_name } = this.names;
    const { email } = this.mock.owner;
    return {
      id: "00000000-0000-4000-9000-000000000001",
      email,
      given_name,
      last_name,
      display_name: [given_name, last_name].filter(Boolean).join(" "),
    };
  }
}
