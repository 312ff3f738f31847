import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { PeopleApi, SessionEntry } from "../../core/people-api";
import { withTexts } from "../../testing/texts";
import { Sessions } from "./sessions";

const session = (id: string, named: Partial<SessionEntry> = {}): SessionEntry => ({
  id,
  current: false,
  created_at: "2025-11-09T12:00:00Z",
  expires_at: "2026-12-09T12:00:00Z",
  remembered: false,
  ...named,
});

describe("where one is signed in", () => {
  let fixture: ComponentFixture<Sessions>;
  let element: HTMLElement;
  let sessions: SessionEntry[];
  const ended: string[] = [];
  const endOtherSessions = vi.fn(() => Promise.resolve({ status: "ok" }));
  let endSession: (id: string) => Promise<unknown>;

  beforeEach(async () => {
    sessions = [
      session("1", { current: true, browser: "Firefox", os: "Linux", country: "DE" }),
      session("2", { browser: "Safari", os: "iOS", country: "AT" }),
      session("3"),
    ];
    ended.length = 0;
    endSession = (id) => {
      ended.push(id);
      sessions = sessions.filter((one) => one.id !== id);
      return Promise.resolve({ status: "ok" });
    };
    await withTexts("en", [
      provideRouter([]),
      { provide: Api, useValue: { endOtherSessions } },
      {
        provide: PeopleApi,
        useValue: { sessions: () => Promise.resolve(sessions), endSession: (id: string) => endSession(id) },
      },
    ]);
    fixture = TestBed.createComponent(Sessions);
    element = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
    await fixture.whenStable();
  });
  const names = () => [...element.querySelectorAll("li .name")].map((name) => name.textContent);
  const button = (label: string) => element.querySelector<HTMLElement>(`button[aria-label="${label}"]`);

  it("is said by browser, system and country; the present one cannot be ended from here", () => {
    expect(names()).toEqual(["Firefox on Linux", "Safari on iOS", "Unknown browser"]);
    expect([...element.querySelectorAll("li .sub")].map((sub) => sub.textContent)).toEqual(["Germany", "Austria"]);
    expect(element.querySelectorAll("li button").length).toBe(2);
    expect(element.querySelector("li")?.textContent).toContain("this one");
  });

  it("ends one", async () => {
    button("End the session of Safari on iOS")?.click();
    await fixture.whenStable();
    expect(ended).toEqual(["2"]);
    await fixture.whenStable();
    expect(names()).toEqual(["Firefox on Linux", "Unknown browser"]);
    expect(element.querySelector("[role=status]")?.textContent.trim()).toBe("The session has ended.");
  });

  it("says what failed", async () => {
    endSession = () => Promise.reject(new ApiError(503, "unavailable", ""));
    button("End the session of Safari on iOS")?.click();
    await fixture.whenStable();
    expect(element.querySelector("[role=alert]")?.textContent).toContain("busy");
  });

  it("ends all others", async () => {
    element.querySelector<HTMLElement>("button[type=submit]")?.click();
    await fixture.whenStable();
    expect(endOtherSessions).toHaveBeenCalledOnce();
    await fixture.whenStable();
    expect(element.querySelector("[role=status]")?.textContent.trim()).toBe("All other sessions have ended.");
  });
});
