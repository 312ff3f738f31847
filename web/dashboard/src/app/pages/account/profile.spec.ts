import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api } from "../../core/api";
import { Session } from "../../core/session";
import { someone } from "../../testing/someone";
import { withTexts } from "../../testing/texts";
import { ProfileSection } from "./profile";

describe("the profile", () => {
  it("keeps what is typed where the server says again what it said", async () => {
    const api = { bootstrap: () => Promise.resolve(structuredClone(someone())), send: () => Promise.resolve({}) };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }]);
    const session = TestBed.inject(Session);
    await session.load();
    const fixture = TestBed.createComponent(ProfileSection);
    await fixture.whenStable();
    const page = fixture.nativeElement as HTMLElement;
    const last = page.querySelector<HTMLInputElement>("#last_name")!;
    last.value = "Krüger";
    last.dispatchEvent(new Event("input"));
    await session.load();
    await fixture.whenStable();
    expect(last.value).toBe("Krüger");
    expect(page.querySelector("[role=status]")!.textContent.trim()).toBe("1 change: Name");
  });
});
