import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { Session } from "../../core/session";
import { withTexts } from "../../testing/texts";
import { Password } from "./password";

describe("a new password", () => {
  let fixture: ComponentFixture<Password>;
  let element: HTMLElement;
  let sent: string[][];
  let answer: () => Promise<unknown>;

  beforeEach(async () => {
    sent = [];
    answer = () => Promise.resolve({ status: "ok" });
    const api = {
      changePassword: (...values: string[]) => {
        sent.push(values);
        return answer();
      },
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }]);
    fixture = TestBed.createComponent(Password);
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  });
  afterEach(() => element.remove());

  const input = (id: string) => element.querySelector<HTMLInputElement>(`#${id}`)!;
  const said = (selector: string) => element.querySelector(selector)?.textContent.trim();
  async function send(current = "", next = ""): Promise<void> {
    for (const [id, value] of Object.entries({ current_password: current, new_password: next })) {
      input(id).value = value;
      input(id).dispatchEvent(new Event("input"));
    }
    await fixture.whenStable();
    element.querySelector<HTMLElement>("button[type=submit]")?.click();
    await fixture.whenStable();
  }

  it("takes no focus: it is one part of its page", () => {
    expect(element.contains(document.activeElement)).toBe(false);
  });

  it("sends nothing that cannot be right", async () => {
    await send("", "short");
    expect(sent).toEqual([]);
    expect(said("#current_password-error")).toBe("This is needed.");
    expect(said("#new_password-error")).toContain("At least 10 characters");
    expect(document.activeElement).toBe(input("current_password"));
  });

  it("says what is wrong at its field", async () => {
    answer = () => Promise.reject(new ApiError(403, "forbidden", "", "current_password"));
    await send("guess", "a better password");
    expect(said("#current_password-error")).toBe("This is not your present password.");
    answer = () => Promise.reject(new ApiError(400, "invalid", "", "new_password"));
    await send("correct horse", "password123");
    expect(said("#new_password-error")).toContain("too easy to guess");
    expect(said('[role="status"]')).toBe("");
  });

  it("says that the password is changed, and forgets both", async () => {
    await send("correct horse", "a better password");
    expect(sent).toEqual([["correct horse", "a better password"]]);
    expect(said('[role="status"]')).toBe("Password changed. All other sessions have ended.");
    expect([input("current_password").value, input("new_password").value]).toEqual(["", ""]);
  });

  it("leads to the login when this session has ended meanwhile", async () => {
    const expired = vi.spyOn(TestBed.inject(Session), "expired").mockReturnValue();
    answer = () => Promise.reject(new ApiError(401, "unauthenticated", ""));
    await send("correct horse", "a better password");
    expect(expired).toHaveBeenCalledOnce();
  });
});
