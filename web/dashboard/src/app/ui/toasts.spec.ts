import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Toasts } from "./toasts";

describe("results", () => {
  const shown = (): string[] => [...document.querySelectorAll(".toast > span")].map((span) => span.textContent);
  const stable = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(1);
  };

  beforeEach(async () => {
    await withTexts("en");
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    document.querySelector("hk-toasts")?.remove();
  });

  it("fade, those that can be taken back later, and none under the pointer", async () => {
    const toasts = TestBed.inject(Toasts);
    const done: string[] = [];
    toasts.show({ text: "Saved" });
    toasts.show({ text: "Hidden", undo: () => done.push("undone") });
    await stable();
    expect(document.querySelector("hk-toasts")!.getAttribute("role")).toBe("status");
    expect(shown()).toEqual(["Saved", "Hidden"]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(shown()).toEqual(["Hidden"]);
    const hidden = document.querySelector(".toast")!;
    hidden.dispatchEvent(new Event("pointerenter"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown()).toEqual(["Hidden"]);
    hidden.dispatchEvent(new Event("pointerleave"));
    await vi.advanceTimersByTimeAsync(9_000);
    hidden.querySelector("button")!.click();
    await stable();
    expect([shown(), done]).toEqual([[], ["undone"]]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(toasts.shown()).toEqual([]);
  });
});
