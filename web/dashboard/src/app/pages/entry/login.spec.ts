import { TestBed } from "@angular/core/testing";
import { Router, provideRouter } from "@angular/router";
import { RouterTestingHarness } from "@angular/router/testing";

import { Api, ApiError } from "../../core/api";
import { PASSWORD_CHANGED } from "../../core/session";
import { withTexts } from "../../testing/texts";
import { Login } from "./login";

describe("the login", () => {
  async function start(status: () => Promise<unknown>, info?: unknown): Promise<HTMLElement> {
    await withTexts("en", [
      provideRouter([
        { path: "login", component: Login },
        { path: "**", children: [] },
      ]),
      { provide: Api, useValue: { status } },
    ]);
    const harness = await RouterTestingHarness.create();
    await TestBed.inject(Router).navigateByUrl("/login", { info });
    await harness.fixture.whenStable();
    return harness.fixture.nativeElement as HTMLElement;
  }
  const forgot = (element: HTMLElement) => element.querySelector('a[href="/forgot-password"]');

  it("offers a link by mail only where the server sends mail", async () => {
    expect(forgot(await start(() => Promise.resolve({ mail: true })))?.textContent.trim()).toBe("Forgot password?");
    for (const status of [
      () => Promise.resolve({ mail: false }),
      () => Promise.resolve({}),
      () => Promise.reject(new ApiError(0, "offline", "")),
    ]) {
      TestBed.resetTestingModule();
      expect(forgot(await start(status))).toBeNull();
    }
  });

  it("says that the password was changed to whoever comes from there", async () => {
    expect((await start(() => Promise.resolve({}))).querySelector(".notice")).toBeNull();
    TestBed.resetTestingModule();
    const element = await start(() => Promise.resolve({}), PASSWORD_CHANGED);
    expect(element.querySelector(".notice")?.textContent).toBe("Password changed. Sign in with it.");
  });
});
