import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { PeopleApi, TeamMember } from "../../core/people-api";
import { Session } from "../../core/session";
import { someone } from "../../testing/someone";
import { withTexts } from "../../testing/texts";
import { Members } from "./members";

const member = (user_id: string, role: TeamMember["role"], named: Partial<TeamMember> = {}): TeamMember => ({
  id: user_id,
  user_id,
  email: `${user_id}@example.com`,
  role,
  added_at: "2026-01-01T00:00:00Z",
  ...named,
});

describe("who is in the team", () => {
  let fixture: ComponentFixture<Members>;
  let element: HTMLElement;
  let answer: () => Promise<TeamMember[]>;

  async function start(...capabilities: ("team.manage_members" | "team.transfer_ownership")[]): Promise<void> {
    const who = someone();
    who.permissions.active_team_capabilities = ["team.view_members", ...capabilities];
    await withTexts("en", [
      provideRouter([]),
      { provide: Api, useValue: { bootstrap: () => Promise.resolve(who) } },
      { provide: PeopleApi, useValue: { members: () => answer() } },
    ]);
    await TestBed.inject(Session).load();
    fixture = TestBed.createComponent(Members);
    element = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
    await fixture.whenStable();
  }
  beforeEach(() => {
    answer = () =>
      Promise.resolve([
        member("1", "owner", { given_name: "Ann" }),
        member("2", "owner"),
        member("3", "admin", { given_name: "Jonas", last_name: "Weber" }),
      ]);
  });
  const rows = () =>
    [...element.querySelectorAll("li")].map((row) =>
      [".mark", ".name", ".sub", ".acts"].map((part) => row.querySelector(part)?.textContent.trim() ?? ""),
    );
  const more = () => element.querySelectorAll("button[hkIconButton]").length;

  it("shows names, addresses and roles to every member, and nothing to change", async () => {
    await start();
    expect(rows()).toEqual([
      ["A", "Ann", "1@example.com", "Owner"],
      ["2", "2@example.com", "", "Owner"],
      ["JW", "Jonas Weber", "3@example.com", "Admin"],
    ]);
    expect(element.querySelectorAll("button").length).toBe(0);
  });

  it("lets an admin change who is below an owner, not himself", async () => {
    await start("team.manage_members");
    expect(element.querySelectorAll("li button[hkButton]").length).toBe(1);
    expect(more()).toBe(1);
  });

  it("lets an owner remove another owner", async () => {
    await start("team.manage_members", "team.transfer_ownership");
    expect(more()).toBe(2);
  });

  it("says why nobody is shown", async () => {
    answer = () => Promise.reject(new ApiError(503, "unavailable", ""));
    await start();
    expect(element.querySelector("[role=alert]")?.textContent).toContain("busy");
  });
});
