import { ApplicationRef, Injector, runInInjectionContext, signal } from "@angular/core";
import { TestBed } from "@angular/core/testing";

import { settled } from "./settled";

describe("what is typed", () => {
  it("is asked for once nothing more comes", () => {
    vi.useFakeTimers();
    const typed = signal("a");
    const asked = runInInjectionContext(TestBed.inject(Injector), () => settled(typed, 200));
    const tick = (): void => {
      TestBed.inject(ApplicationRef).tick();
    };
    tick();
    vi.advanceTimersByTime(150);
    typed.set("ab");
    tick();
    vi.advanceTimersByTime(150);
    expect(asked()).toBeUndefined();
    vi.advanceTimersByTime(50);
    expect(asked()).toBe("ab");
    vi.useRealTimers();
  });
});
