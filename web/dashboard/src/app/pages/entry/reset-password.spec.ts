import { ComponentFixture, TestBed } from "@angular/core/testing";
import { Router, provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { PASSWORD_CHANGED, Session } from "../../core/session";
import { withTexts } from "../../testing/texts";
import { ResetPassword } from "./reset-password";

describe("the page for a new password", () => {
  let fixture: ComponentFixture<ResetPassword>;
  let element: HTMLElement;
  let sent: string[][];
  let answer: () => Promise<unknown>;

  async function start(token: string): Promise<void> {
    sent = [];
    answer = () => Promise.resolve({ status: "ok", message: "" });
    const api = {
      resetPassword: (...values: string[]) => {
        sent.push(values);
        return answer();
      },
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }]);
    TestBed.inject(Session).linkToken.set(token);
    fixture = TestBed.createComponent(ResetPassword);
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  }
  afterEach(() => element.remove());

  async function send(password: string): Promise<void> {
    const input = element.querySelector<HTMLInputElement>("#password")!;
    input.value = password;
    input.dispatchEvent(new Event("input"));
    element.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await fixture.whenStable();
  }
  const heading = () => element.querySelector("h1")?.textContent.trim();

  it("asks for a new password, which can be looked at", async () => {
    await start("TOKEN");
    const input = element.querySelector<HTMLInputElement>("#password")!;
    expect(document.activeElement).toBe(input);
    expect(input.autocomplete).toBe("new-password");
    element.querySelector<HTMLButtonElement>(".control button")?.click();
    await fixture.whenStable();
    expect(input.type).toBe("text");
  });

  it("says that a password is too short, and sends nothing", async () => {
    await start("TOKEN");
    await send("short");
    expect(sent).toEqual([]);
    expect(element.querySelector("#password-error")?.textContent.trim()).toContain("At least 10 characters");
  });

  it("leads to the login, and forgets the token", async () => {
    await start("TOKEN");
    const navigate = vi.spyOn(TestBed.inject(Router), "navigateByUrl").mockResolvedValue(true);
    await send("long enough");
    expect(sent).toEqual([["TOKEN", "long enough"]]);
    expect(navigate).toHaveBeenCalledWith("/login", { replaceUrl: true, info: PASSWORD_CHANGED });
    expect(TestBed.inject(Session).linkToken()).toBe("");
  });

  it("offers a new link when this one is used up", async () => {
    await start("TOKEN");
    answer = () => Promise.reject(new ApiError(400, "invalid", "Invalid or expired link", "token"));
    await send("long enough");
    expect(heading()).toBe("This link does not work");
    expect(document.activeElement).toBe(element.querySelector("h1"));
    expect(element.querySelector("a")?.getAttribute("href")).toBe("/forgot-password");
  });

  it("offers a new link at once when there is no token", async () => {
    await start("");
    expect(element.querySelector("form")).toBeNull();
    expect(heading()).toBe("This link does not work");
  });

  it("keeps the token for another try after any other failure", async () => {
    await start("TOKEN");
    answer = () => Promise.reject(new ApiError(0, "offline", ""));
    await send("long enough");
    expect(element.querySelector('[role="alert"]')?.textContent).toContain("cannot be reached");
    answer = () => Promise.reject(new ApiError(400, "invalid", "One of the commonest", "password"));
    await send("password123");
    expect(element.querySelector("#password-error")?.textContent).toContain("too easy to guess");
    expect(TestBed.inject(Session).linkToken()).toBe("TOKEN");
  });
});
