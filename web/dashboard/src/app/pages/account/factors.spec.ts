import { Component } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { ApiError } from "../../core/api";
import { PeopleApi } from "../../core/people-api";
import { withTexts } from "../../testing/texts";
import { Questions } from "../../ui/settings/questions";
import { FactorsSection } from "./factors";
import { RecoveryCodesSection } from "./recovery-codes";
import { SecurityState } from "./security-state";

const OFF = {
  totp_enabled: false,
  totp_pending: false,
  passkeys: [],
  recovery_codes_generated: false,
  recovery_codes_total: 0,
  recovery_codes_remaining: 0,
};

@Component({
  imports: [FactorsSection, RecoveryCodesSection],
  template: `
    <hk-factors />
    <hk-recovery-codes />
  `,
})
class Both {}

describe("the authenticator app", () => {
  let fixture: ComponentFixture<Both>;
  let element: HTMLElement;
  let state: typeof OFF;
  let sent: string[];
  let proof: boolean;

  beforeEach(async () => {
    state = OFF;
    sent = [];
    proof = true;
    const codes = Array.from({ length: 8 }, (_, i) => `abcd${String(i)}-fghjk`);
    const takes = (code: string): Promise<unknown> => {
      sent.push(code);
      return code === "419203" ? Promise.resolve(state) : Promise.reject(new ApiError(400, "invalid", "", "code"));
    };
    const api = {
      security: () => Promise.resolve(state),
      startTotp: () =>
        Promise.resolve({ secret: "JBSWY3DPEHPK3PXP", otpauth_url: "otpauth://totp/x:a?secret=JBSWY3DPEHPK3PXP" }),
      confirmTotp: (code: string) =>
        takes(code).then(() => {
          state = { ...OFF, totp_enabled: true };
        }),
      disableTotp: (code: string) =>
        takes(code).then(() => {
          state = OFF;
        }),
      renewRecoveryCodes: () => {
        state = {
          ...state,
          recovery_codes_generated: true,
          recovery_codes_total: 8,
          recovery_codes_remaining: 8,
        };
        return Promise.resolve({ codes, remaining: 8 });
      },
    };
    const questions = { proved: (act: () => unknown) => (proof ? act() : Promise.resolve(undefined)) };
    await withTexts("en", [
      provideRouter([]),
      { provide: PeopleApi, useValue: api },
      { provide: Questions, useValue: questions },
    ]);
  });
  afterEach(() => element.remove());

  async function start(): Promise<void> {
    fixture = TestBed.createComponent(Both);
    await TestBed.inject(SecurityState).again();
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  }
  const said = (): string => element.textContent.replace(/\s+/g, " ");
  async function press(name: string): Promise<void> {
    [...element.querySelectorAll("button")].find((one) => one.textContent.trim() === name)!.click();
    await fixture.whenStable();
  }
  async function type(text: string): Promise<void> {
    const input = element.querySelector<HTMLInputElement>("#code")!;
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await fixture.whenStable();
  }

  it("is set up with a picture, or a key to be typed, and shows its codes once", async () => {
    await start();
    expect(said()).toContain("off");
    await press("Set up");
    expect(element.querySelector("svg.qr path")?.getAttribute("d")).toContain("M0 0h1v1h-1z");
    expect(said()).toContain("JBSW Y3DP EHPK 3PXP");
    expect(document.activeElement?.id).toBe("code");
    await type("111111");
    expect(element.querySelector("#code-error")?.textContent).toContain("does not fit");
    await type("419 203");
    expect(sent).toEqual(["111111", "419203"]);
    expect(element.querySelector("svg.qr")).toBeNull();
    expect(said()).toContain("abcd0-fghjk");
    expect(said()).toContain("8 of 8 left");
    const file = element.querySelector<HTMLAnchorElement>("a[download]")!;
    expect(decodeURIComponent(file.href)).toContain("abcd7-fghjk\n");
    fixture.destroy();
    await start();
    expect(said()).not.toContain("abcd0-fghjk");
  });

  it("shows no key without a proof, and none after it was left", async () => {
    proof = false;
    await start();
    await press("Set up");
    expect(element.querySelector("svg.qr")).toBeNull();
    proof = true;
    await press("Set up");
    await press("Cancel");
    expect(element.querySelector("svg.qr")).toBeNull();
    expect(sent).toEqual([]);
  });

  it("says how many codes are left, and goes for a code", async () => {
    state = {
      ...OFF,
      totp_enabled: true,
      recovery_codes_generated: true,
      recovery_codes_total: 8,
      recovery_codes_remaining: 6,
    };
    await start();
    expect(said()).toContain("6 of 8 left");
    await press("Switch off");
    await type("wrong");
    element.querySelector<HTMLElement>("button[type=submit]")?.click();
    await fixture.whenStable();
    expect(element.querySelector("#code-error")).not.toBeNull();
    await type("419203");
    element.querySelector<HTMLElement>("button[type=submit]")?.click();
    await fixture.whenStable();
    expect(said()).toContain("Set up");
  });
});
