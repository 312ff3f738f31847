import { ChangeDetectionStrategy, Component, input, output, signal } from "@angular/core";
import { TestBed } from "@angular/core/testing";

import { Lazy, lazy } from "./lazy";

@Component({
  selector: "hk-late",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" (click)="done.emit(n() * 2)">{{ n() }}</button>
  `,
})
class Late {
  readonly n = input.required<number>();
  readonly done = output<number>();
}

@Component({
  selector: "hk-page",
  imports: [Lazy],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (shown()) {
      <ng-container [hkLazy]="late" />
    }
  `,
})
class Page {
  readonly shown = signal(true);
  readonly n = signal(1);
  readonly heard = signal(0);
  tries = 0;
  failures = 0;
  readonly late = lazy(
    () => (++this.tries <= this.failures ? Promise.reject(new Error("offline")) : Promise.resolve(Late)),
    { n: this.n },
    { done: (n) => this.heard.set(n) },
  );
}

describe("a component that comes later", () => {
  it("follows what it is given, is heard, and goes with its place", async () => {
    const fixture = TestBed.createComponent(Page);
    await fixture.whenStable();
    await fixture.whenStable();
    const button = () => (fixture.nativeElement as HTMLElement).querySelector("button");
    expect(button()!.textContent).toBe("1");
    fixture.componentInstance.n.set(21);
    await fixture.whenStable();
    expect(button()!.textContent).toBe("21");
    button()!.click();
    expect(fixture.componentInstance.heard()).toBe(42);
    fixture.componentInstance.shown.set(false);
    await fixture.whenStable();
    expect(button()).toBeNull();
  });

  it("is asked for until it comes, as long as its place is there", async () => {
    vi.useFakeTimers();
    try {
      const fixture = TestBed.createComponent(Page);
      const page = fixture.componentInstance;
      const button = () => (fixture.nativeElement as HTMLElement).querySelector("button");
      page.failures = 2;
      fixture.detectChanges();
      await vi.advanceTimersByTimeAsync(900);
      expect(page.tries).toBe(1);
      await vi.advanceTimersByTimeAsync(2_200);
      expect(page.tries).toBe(3);
      fixture.detectChanges();
      expect(button()!.textContent).toBe("1");

      page.shown.set(false);
      fixture.detectChanges();
      page.failures = 1_000;
      page.shown.set(true);
      fixture.detectChanges();
      await vi.advanceTimersByTimeAsync(0);
      expect(page.tries).toBe(4);
      page.shown.set(false);
      fixture.detectChanges();
      await vi.advanceTimersByTimeAsync(100_000);
      expect(page.tries).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is given what its inputs take", () => {
    // @ts-expect-error: a number is asked for
    lazy(() => Promise.resolve(Late), { n: () => "1" });
    // @ts-expect-error: there is no such input
    lazy(() => Promise.resolve(Late), { m: () => 1 });
    expect(lazy(() => Promise.resolve(Late), { n: () => 1 }).bindings.length).toBe(1);
  });
});
