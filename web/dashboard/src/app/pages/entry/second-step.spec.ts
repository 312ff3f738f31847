import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError, Factor } from "../../core/api";
import { PeopleApi } from "../../core/people-api";
import { withTexts } from "../../testing/texts";
import { SecondStep } from "./second-step";

describe("the second step of a sign-in", () => {
  let fixture: ComponentFixture<SecondStep>;
  let element: HTMLElement;
  let sent: string[][];
  let answer: () => Promise<unknown>;
  let said: string[];

  async function start(factors: Factor[]): Promise<void> {
    sent = [];
    said = [];
    answer = () => Promise.resolve({ status: "ok" });
    const api = {
      secondStep: (...values: string[]) => {
        sent.push(values);
        return answer();
      },
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }, { provide: PeopleApi, useValue: {} }]);
    fixture = TestBed.createComponent(SecondStep);
    fixture.componentRef.setInput("pending", { challenge_token: "CHALLENGE", factors });
    fixture.componentInstance.done.subscribe(() => said.push("done"));
    fixture.componentInstance.over.subscribe(() => said.push("over"));
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  }
  afterEach(() => element.remove());

  const input = () => element.querySelector<HTMLInputElement>("#code")!;
  const switchLink = () => element.querySelector<HTMLElement>("button[type=button]");
  async function type(text: string): Promise<void> {
    input().value = text;
    input().dispatchEvent(new Event("input"));
    await fixture.whenStable();
  }

  it("waits for the digits, and sends them by itself", async () => {
    await start(["totp"]);
    expect(document.activeElement).toBe(input());
    await type("41920");
    expect(sent).toEqual([]);
    await type("419 203");
    expect(sent).toEqual([["totp", "CHALLENGE", "419203"]]);
    expect(said).toEqual(["done"]);
    expect(switchLink()).toBeNull();
  });

  it("says that a code is wrong, and waits for the next in an empty field", async () => {
    await start(["totp"]);
    // An answer takes its time, in which the digits are drawn.
    answer = () =>
      new Promise((_, reject) => setTimeout(() => reject(new ApiError(401, "unauthenticated", "", "code")), 20));
    await type("419203");
    await vi.waitFor(() => expect(input().value).toBe(""));
    await fixture.whenStable();
    expect(element.querySelector("#code-error")?.textContent).toContain("This code does not fit");
    expect(input().value).toBe("");
    expect(document.activeElement).toBe(input());
    expect(said).toEqual([]);
    await type("419203");
    expect(sent.length).toBe(2);
    await vi.waitFor(() => expect(input().value).toBe(""));
    await fixture.whenStable();
  });

  it("takes a recovery code where the app is out of reach", async () => {
    await start(["totp", "recovery_code"]);
    expect(switchLink()?.textContent.trim()).toBe("Use a recovery code");
    switchLink()?.click();
    await fixture.whenStable();
    expect(document.activeElement).toBe(input());
    await type("abcde-fghjk");
    expect(sent).toEqual([]);
    element.querySelector<HTMLElement>("button[type=submit]")?.click();
    await fixture.whenStable();
    expect(sent).toEqual([["recovery_code", "CHALLENGE", "abcde-fghjk"]]);
    expect(switchLink()?.textContent.trim()).toBe("Use the authenticator app");
  });

  it("leads back to the password when it took too long", async () => {
    await start(["totp"]);
    answer = () => Promise.reject(new ApiError(409, "conflict", "", "challenge_token"));
    await type("419203");
    expect(said).toEqual(["over"]);
  });
});
