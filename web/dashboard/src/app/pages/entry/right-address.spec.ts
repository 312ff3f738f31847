import { TestBed } from "@angular/core/testing";

import { Api } from "../../core/api";
import { withTexts } from "../../testing/texts";
import { RightAddress, rightAddress } from "./right-address";

describe("the right address", () => {
  const https = "https://stats.example.com/";

  it("is named where a page without https cannot keep cookies", () => {
    expect(rightAddress(https, { protocol: "http:", secure: false })).toBe(https);
    expect(rightAddress(https, { protocol: "https:", secure: true })).toBe("");
    expect(rightAddress(https, { protocol: "http:", secure: true })).toBe(""); // localhost
    expect(rightAddress("http://nas.lan:8080/", { protocol: "http:", secure: false })).toBe("");
    expect(rightAddress(undefined, { protocol: "http:", secure: false })).toBe("");
  });

  it("is a link", async () => {
    await withTexts("en", [{ provide: Api, useValue: { status: () => Promise.resolve({ public_url: https }) } }]);
    vi.stubGlobal("isSecureContext", false);
    const fixture = TestBed.createComponent(RightAddress);
    await fixture.whenStable();
    const link = (fixture.nativeElement as HTMLElement).querySelector("a");
    expect(link?.href).toBe(https);
    expect(link?.textContent).toBe(https);
    vi.unstubAllGlobals();
  });
});
