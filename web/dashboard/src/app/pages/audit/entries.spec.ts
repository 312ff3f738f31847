import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { AuditEntry } from "../../core/people-api";
import { withTexts } from "../../testing/texts";
import { AuditEntries } from "./entries";

const entry = (named: Partial<AuditEntry>): AuditEntry => ({
  id: JSON.stringify(named),
  created_at: "2025-11-21T12:00:00Z",
  actor_type: "person",
  actor_email_snapshot: "ann@example.com",
  action: "auth.login_succeeded",
  target_type: "person",
  outcome: "success",
  changes: [],
  ...named,
});

it("a line says who did what to whom, which values are others now, and from where", async () => {
  await withTexts("en", [provideRouter([])]);
  const fixture = TestBed.createComponent(AuditEntries);
  fixture.componentRef.setInput("entries", [
    entry({ ip_country_code: "AT" }),
    entry({
      action: "member.role_updated",
      target_label: "mira@example.com",
      changes: [{ field: "role", before: "member", after: "admin" }],
    }),
    entry({
      actor_type: "system",
      actor_email_snapshot: "",
      action: "site.created",
      target_type: "site",
      target_label: "a.example",
    }),
    entry({ actor_type: "key", actor_email_snapshot: "Shop", action: "site.updated", target_type: "site" }),
    entry({ actor_email_snapshot: "", action: "something.new" }),
  ]);
  await fixture.whenStable();
  const element = fixture.nativeElement as HTMLElement;
  const lines = [...element.querySelectorAll("li")].map((line) =>
    [...line.children].map((part) => part.textContent.replace(/\s+/g, " ").trim()).join(" "),
  );
  expect(lines).toEqual([
    "21 Nov 2025 ann@example.com signed in from Austria –",
    "21 Nov 2025 ann@example.com changed the role mira@example.com · role: member → admin –",
    "21 Nov 2025 HitKeep added a site a.example",
    "21 Nov 2025 API key Shop changed a site –",
    "21 Nov 2025 Somebody something.new –",
  ]);
});
