import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api } from "../../core/api";
import { withTexts } from "../../testing/texts";
import { Sessions } from "./sessions";

it("the other sessions are ended by a press of a button, and that is said", async () => {
  const endOtherSessions = vi.fn(() => Promise.resolve({ status: "ok" }));
  await withTexts("en", [provideRouter([]), { provide: Api, useValue: { endOtherSessions } }]);
  const fixture = TestBed.createComponent(Sessions);
  const element = fixture.nativeElement as HTMLElement;
  await fixture.whenStable();
  element.querySelector<HTMLElement>("button[type=submit]")?.click();
  await fixture.whenStable();
  expect(endOtherSessions).toHaveBeenCalledOnce();
  expect(element.querySelector('[role="status"]')?.textContent.trim()).toBe("All other sessions have ended.");
});
