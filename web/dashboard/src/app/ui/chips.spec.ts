import { ChangeDetectionStrategy, Component, computed, signal } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Chips } from "./chips";
import { matches } from "./combobox";
import { Field } from "./field";

@Component({
  selector: "hk-page",
  imports: [Chips, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form (submit)="sent.set(true)">
      <hk-field name="birds" label="Birds" required>
        <hk-chips
          [chips]="chips()"
          [choices]="found()"
          [listed]="listed()"
          [(values)]="birds"
          [(typed)]="typed"
          (apart)="apart.set($event)"
        />
      </hk-field>
    </form>
  `,
})
class Page {
  readonly birds = signal<readonly string[]>(["wren"]);
  readonly typed = signal("");
  readonly listed = signal(false);
  readonly apart = signal("");
  readonly sent = signal(false);
  readonly chips = computed(() => this.birds().map((value) => ({ value, text: value.toUpperCase() })));
  readonly found = computed(() => [
    ...["wren", "heron", "kingfisher"]
      .filter((text) => matches(text, this.typed()))
      .map((text) => ({ value: text, text })),
    ...(this.typed() === "e" ? [{ value: "any", text: "Any", apart: true }] : []),
  ]);
}

describe("values as chips", () => {
  let fixture: ComponentFixture<Page>;
  let page: HTMLElement;
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; ++i) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await fixture.whenStable();
    }
  };
  const input = (): HTMLInputElement => page.querySelector("#birds")!;
  const press = async (key: string): Promise<boolean> => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    input().dispatchEvent(event);
    await settle();
    return event.defaultPrevented;
  };
  const type = async (text: string): Promise<void> => {
    input().focus();
    input().value = text;
    input().dispatchEvent(new Event("input", { bubbles: true }));
    await settle();
  };
  const birds = (): readonly string[] => fixture.componentInstance.birds();

  beforeEach(async () => {
    // jsdom has no places to scroll to.
    Element.prototype.scrollIntoView = () => undefined;
    await withTexts("en");
    fixture = TestBed.createComponent(Page);
    page = fixture.nativeElement as HTMLElement;
    document.body.append(page);
    await settle();
  });
  afterEach(() => {
    page.remove();
  });

  it("take the first choice that is not chosen yet, with Enter", async () => {
    await type("e");
    await press("Enter");
    expect(birds()).toEqual(["wren", "heron"]);
    expect(input().value).toBe("");
  });

  it("take what is typed where nothing is found, and when one leaves", async () => {
    await type("  owl ");
    expect(await press("Enter")).toBe(true);
    expect(birds()).toEqual(["wren", "owl"]);
    await type("stork");
    input().blur();
    await settle();
    await type("stork");
    input().blur();
    await settle();
    expect(birds()).toEqual(["wren", "owl", "stork"]);
  });

  it("take what belongs to what is typed, though it is not drawn yet", async () => {
    const atOnce = (text: string): void => {
      const key = (name: string) => new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true });
      for (const letter of text) {
        input().dispatchEvent(key(letter));
        input().value += letter;
        input().dispatchEvent(new Event("input", { bubbles: true }));
      }
      input().dispatchEvent(key("Enter"));
    };
    input().focus();
    atOnce("king");
    atOnce("her");
    await settle();
    expect(birds()).toEqual(["wren", "kingfisher", "heron"]);
    expect([input().value, fixture.componentInstance.sent()]).toEqual(["", false]);
  });

  it("take nothing but choices where these are all there is", async () => {
    fixture.componentInstance.listed.set(true);
    await type("owl");
    await press("Enter");
    input().blur();
    await settle();
    expect(birds()).toEqual(["wren"]);
    expect(input().value).toBe("");
  });

  it("lose the last one with Backspace in the empty field, and any with a click", async () => {
    await type("ow");
    await press("Backspace");
    expect(birds()).toEqual(["wren"]);
    await type("");
    await press("Backspace");
    expect(birds()).toEqual([]);
    fixture.componentInstance.birds.set(["wren", "heron"]);
    await settle();
    page.querySelector<HTMLElement>("[aria-label='Remove WREN']")!.click();
    await settle();
    expect(birds()).toEqual(["heron"]);
  });

  it("tell of a choice that stands apart with what is typed", async () => {
    await type("e");
    const options = [...document.querySelectorAll<HTMLElement>("[role=option]")];
    options.at(-1)!.click();
    await settle();
    expect(fixture.componentInstance.apart()).toBe("e");
    expect(birds()).toEqual(["wren"]);
  });

  it("leave Enter in the empty field to the form", async () => {
    input().focus();
    expect(await press("Enter")).toBe(false);
  });
});
