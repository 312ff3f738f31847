import { ChangeDetectionStrategy, Component, signal } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../../testing/texts";
import { SaveFoot } from "./save-foot";
import { Unsaved } from "./unsaved";

@Component({
  selector: "hk-page",
  imports: [SaveFoot],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-save-foot
      discards
      [changes]="changes()"
      [saved]="saved()"
      [error]="error()"
      [last]="last()"
      (save)="said.push('save')"
      (discard)="said.push('discard')"
    />
  `,
})
class Page {
  readonly changes = signal<string[] | undefined>([]);
  readonly saved = signal(false);
  readonly error = signal("");
  readonly last = signal("");
  readonly said: string[] = [];
}

describe("the foot of a card of settings", () => {
  let fixture: ComponentFixture<Page>;
  let page: HTMLElement;
  const state = async (): Promise<string> => {
    await fixture.whenStable();
    return page.querySelector("[role=status]")!.textContent.trim();
  };
  const buttons = (): HTMLButtonElement[] => [...page.querySelectorAll("button")];

  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(Page);
    page = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
  });

  it("says what is changed, what was saved, who was last, and what failed", async () => {
    const { changes, saved, error, last } = fixture.componentInstance;
    expect(await state()).toBe("No changes");
    last.set("Changed by Ann.");
    expect(await state()).toBe("Changed by Ann.");
    changes.set(["time zone"]);
    expect(await state()).toBe("1 change: time zone");
    changes.set(["time zone", "name", "currency"]);
    expect(await state()).toBe("3 changes: time zone, name and currency");
    error.set("The name is taken.");
    expect(await state()).toBe("The name is taken.");
    error.set("");
    changes.set([]);
    saved.set(true);
    expect(await state()).toBe("Saved");
  });

  it("saves and discards only where there is something", async () => {
    const off = (): (string | null)[] => buttons().map((button) => button.getAttribute("aria-disabled"));
    const { changes, said } = fixture.componentInstance;
    expect(off()).toEqual(["true"]);
    buttons()[0]!.click();
    expect(said).toEqual([]);
    changes.set(["name"]);
    await fixture.whenStable();
    for (const button of buttons()) button.click();
    expect(said).toEqual(["discard", "save"]);
    // An act of its own, such as a new password.
    changes.set(undefined);
    await fixture.whenStable();
    expect([off(), await state()]).toEqual([["false"], ""]);
  });

  it("keeps the page until the reader says that changes may go", async () => {
    const unsaved = TestBed.inject(Unsaved);
    expect(unsaved.mayLeave()).toBe(true);
    fixture.componentInstance.changes.set(["name"]);
    await fixture.whenStable();
    for (const answer of [false, true]) {
      const may = unsaved.mayLeave();
      unsaved.asked()!(answer);
      expect(await may).toBe(answer);
      expect(unsaved.asked()).toBeUndefined();
    }
    const unload = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(unload);
    expect(unload.defaultPrevented).toBe(true);
    fixture.destroy();
    expect(unsaved.mayLeave()).toBe(true);
  });
});
