import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { withTexts } from "../../testing/texts";
import { ForgotPassword } from "./forgot-password";

describe("the page for a forgotten password", () => {
  let fixture: ComponentFixture<ForgotPassword>;
  let element: HTMLElement;
  let sent: string[];
  let answer: () => Promise<unknown>;
  let mail: boolean | undefined;

  beforeEach(async () => {
    sent = [];
    answer = () => Promise.resolve({ status: "ok", message: "" });
    mail = true;
    const api = {
      forgotPassword: (email: string) => {
        sent.push(email);
        return answer();
      },
      status: () => Promise.resolve({ mail }),
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }]);
    fixture = TestBed.createComponent(ForgotPassword);
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  });
  afterEach(() => element.remove());

  async function send(email: string): Promise<void> {
    const input = element.querySelector<HTMLInputElement>("#email")!;
    input.value = email;
    input.dispatchEvent(new Event("input"));
    element.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await fixture.whenStable();
  }
  const heading = () => element.querySelector("h1")?.textContent.trim();

  it("asks for the address, and lets the browser fill it in", () => {
    expect(document.activeElement?.id).toBe("email");
    expect(element.querySelector("#email")?.getAttribute("autocomplete")).toBe("username");
    expect(element.querySelector("a")?.getAttribute("href")).toBe("/login");
  });

  it("sends nothing that is no address", async () => {
    await send("ann");
    expect(sent).toEqual([]);
    expect(element.querySelector("#email-error")?.textContent).toContain("email address");
  });

  it("says where to look, without a word on whether there is such an account", async () => {
    await send(" ann@example.com ");
    expect(sent).toEqual(["ann@example.com"]);
    expect(element.querySelector("form")).toBeNull();
    expect(heading()).toBe("Check your mailbox");
    expect(document.activeElement).toBe(element.querySelector("h1"));
    expect(element.textContent).toContain("If an account exists for this address");
    expect(element.textContent).not.toContain("ann@example.com");
  });

  it("says whom to ask where the server sends no mail", async () => {
    mail = undefined;
    answer = () => Promise.reject(new ApiError(503, "unavailable", "This server sends no mail"));
    await send("ann@example.com");
    expect(heading()).toBe("This server sends no mail");
    expect(element.textContent).toContain("Ask whoever runs it");
  });

  it("does not blame the mail for another trouble of the server", async () => {
    answer = () => Promise.reject(new ApiError(503, "unavailable", "the log is closed"));
    await send("ann@example.com");
    expect(element.querySelector('[role="alert"]')?.textContent).toContain("The server is busy");
  });

  it("asks for patience after too many attempts", async () => {
    answer = () => Promise.reject(new ApiError(429, "limited", "Too many requests"));
    await send("ann@example.com");
    expect(element.querySelector('[role="alert"]')?.textContent).toContain("Too many attempts");
    expect(element.querySelector<HTMLInputElement>("#email")?.value).toBe("ann@example.com");
  });
});
