// Second factors of the stand-in server: its app always shows 419203, and a challenge is CHALLENGE.

export const CODE = "419203";
const KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const CODES = ["7fq2k", "p3xv9", "c0htw", "n5yb2", "e8kd4", "r1gwt", "a6qa5", "b9zs3"].map((start) => `${start}-8md1a`);

export class Factors {
  /** `people` says whether the last proof is still fresh. */
  constructor(people) {
    this.people = people;
    this.on = false;
    this.pending = false;
    this.passkeys = [];
    this.codes = [];
    this.used = [];
  }

  /** Everything on, as after a set-up. */
  setUp() {
    this.on = true;
    this.codes = CODES;
  }

  challenge() {
    return {
      status: "mfa_required",
      challenge_token: "CHALLENGE",
      factors: this.left().length ? ["totp", "recovery_code"] : ["totp"],
    };
  }

  left() {
    return this.codes.filter((code) => !this.used.includes(code));
  }

  state() {
    return {
      totp_enabled: this.on,
      totp_pending: this.pending,
      passkeys: this.passkeys,
      recovery_codes_generated: this.codes.length > 0,
      recovery_codes_total: this.codes.length,
      recovery_codes_remaining: this.left().length,
    };
  }

  /** Whether a code of either kind is right; one for recovery is used up. */
  takes(code) {
    if (code === CODE) return true;
    if (!this.left().includes(code)) return false;
    this.used.push(code);
    return true;
  }

  /** Status and body of what it answers; undefined for another route. */
  answer(route, json, signedIn) {
    const wrong = (status, code, field) => [status, { status, code, message: "", field }];
    const verify = /^POST \/api\/auth\/mfa\/(totp|recovery-code)\/verify$/.exec(route);
    if (verify) {
      if (json.challenge_token !== "CHALLENGE") return wrong(409, "conflict", "challenge_token");
      const fits = (json.code === CODE) === (verify[1] === "totp") && this.takes(json.code);
      return fits ? [200, { status: "ok" }] : wrong(401, "unauthenticated", "code");
    }
    if (!signedIn) return undefined;
    switch (route) {
      case "GET /api/auth/confirm":
        return [200, { factors: this.on ? ["totp", "recovery_code"] : [] }];
      case "GET /api/user/security":
        return [200, this.state()];
      case "POST /api/user/security/totp/setup/start":
        if (!this.people.proved) return wrong(403, "forbidden", "proof");
        this.pending = true;
        return [
          200,
          {
            secret: KEY,
            otpauth_url: `otpauth://totp/localhost:ann%40example.com?secret=${KEY}&issuer=localhost&algorithm=SHA1&digits=6&period=30`,
            expires_at: "2026-11-22T14:30:00Z",
          },
        ];
      case "POST /api/user/security/totp/setup/verify":
        if (json.code !== CODE) return wrong(400, "invalid", "code");
        this.on = true;
        this.pending = false;
        return [200, this.state()];
      case "POST /api/user/security/totp/disable":
        if (!this.takes(json.code)) return wrong(400, "invalid", "code");
        Object.assign(this, new Factors(this.people));
        return [200, this.state()];
      case "POST /api/user/security/recovery-codes/regenerate":
        if (!this.people.proved) return wrong(403, "forbidden", "proof");
        this.codes = CODES;
        this.used = [];
        return [200, { codes: CODES, remaining: CODES.length }];
    }
    return undefined;
  }
}
