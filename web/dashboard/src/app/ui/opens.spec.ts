import { ChangeDetectionStrategy, Component, signal } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Button } from "./button";
import { MenuPart } from "./menu";
import { MenuOpener, Opens } from "./opens";

@Component({
  selector: "hk-page",
  imports: [Button, MenuOpener, Opens],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" hkButton id="menu" [hkMenu]="parts()" [several]="several()" (chosen)="choose($event)">
      Countries
    </button>
    <button type="button" hkButton id="dialog" aria-label="A note" [hkOpens]="note">Note</button>
    <ng-template #note let-close="close">
      <input id="text" />
      <button type="button" id="save" (click)="close()">Save</button>
    </ng-template>
    <button type="button" id="other">Other</button>
  `,
})
class Page {
  readonly several = signal(false);
  readonly chosen = signal("Chile");
  readonly parts = signal<MenuPart[]>([
    { heading: "America" },
    { value: "Chile", text: "Chile", checked: true },
    { value: "Canada", text: "Canada", checked: false },
    "rule",
    { value: "Austria", text: "Austria", checked: false },
    { value: "Andorra", text: "Andorra", checked: false, disabled: true },
  ]);

  choose(value: string): void {
    this.chosen.set(value);
  }
}

describe("what opens below a button", () => {
  let fixture: ComponentFixture<Page>;
  let page: HTMLElement;
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; ++i) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await fixture.whenStable();
    }
  };
  const press = async (key: string): Promise<void> => {
    document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settle();
  };
  const click = async (id: string): Promise<void> => {
    page.querySelector<HTMLElement>(`#${id}`)!.click();
    await settle();
  };
  const focused = (): string => document.activeElement!.textContent.trim();
  const open = (): Element | null => document.querySelector(".pop");

  // Loaded once; later it is there at once.
  beforeAll(() => Promise.all([import("./menu-panel"), import("./panel")]));
  beforeEach(async () => {
    TestBed.configureTestingModule({ providers: [provideRouter([])] });
    fixture = TestBed.createComponent(Page);
    page = fixture.nativeElement as HTMLElement;
    document.body.append(page);
    await settle();
  });
  afterEach(() => fixture.destroy());

  it("is a menu: arrows, letters, Enter; the focus begins at what is chosen and comes back", async () => {
    await click("menu");
    expect(page.querySelector("#menu")!.getAttribute("aria-expanded")).toBe("true");
    expect(document.querySelector("[role=menu]")!.getAttribute("aria-label")).toBe("Countries");
    expect(focused()).toBe("Chile");
    await press("ArrowDown");
    expect(focused()).toBe("Canada");
    await press("a");
    expect(focused()).toBe("Austria");
    await press("Enter");
    expect(fixture.componentInstance.chosen()).toBe("Austria");
    expect(open()).toBeNull();
    expect(document.activeElement!.id).toBe("menu");
    expect(page.querySelector("#menu")!.getAttribute("aria-expanded")).toBe("false");
  });

  it("is opened with the arrow and closed by Escape, and the page does not hear of it", async () => {
    let heard = 0;
    const listen = (): number => ++heard;
    page.querySelector<HTMLElement>("#menu")!.focus();
    await press("ArrowDown");
    document.addEventListener("keydown", listen);
    await press("Escape");
    document.removeEventListener("keydown", listen);
    expect([open(), document.activeElement!.id, heard]).toEqual([null, "menu", 0]);
  });

  it("says what is chosen, and what cannot be", async () => {
    await click("menu");
    const items = [...document.querySelectorAll("[role=menuitemradio]")];
    expect(items.map((item) => item.getAttribute("aria-checked"))).toEqual(["true", "false", "false", "false"]);
    items[3]!.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await settle();
    expect(fixture.componentInstance.chosen()).toBe("Chile");
  });

  it("stays where several can be chosen", async () => {
    fixture.componentInstance.several.set(true);
    await click("menu");
    expect(document.querySelectorAll("[role=menuitemcheckbox]").length).toBe(4);
    await press("ArrowDown");
    await press("Enter");
    expect(fixture.componentInstance.chosen()).toBe("Canada");
    expect(open()).not.toBeNull();
  });

  it("is a dialog with the button's name, which its content can close", async () => {
    await click("dialog");
    expect(document.querySelector("[role=dialog]")!.getAttribute("aria-label")).toBe("A note");
    expect(document.activeElement!.id).toBe("text");
    document.querySelector<HTMLElement>("#save")!.click();
    await settle();
    expect([open(), document.activeElement!.id]).toEqual([null, "dialog"]);
  });

  it("goes with the focus, without fetching it back", async () => {
    await click("dialog");
    page.querySelector<HTMLElement>("#other")!.focus();
    await settle();
    expect([open(), document.activeElement!.id]).toEqual([null, "other"]);
  });
});
