import { ChangeDetectionStrategy, Component, signal } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Combobox } from "./combobox";
import { Field } from "./field";
import { Select } from "./select";

@Component({
  selector: "hk-page",
  imports: [Combobox, Field, Select],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-field name="zone" label="Zone" required hint="Days begin here." [error]="error()">
      <hk-combobox [choices]="zones" [free]="free()" [(chosen)]="zone" />
    </hk-field>
    <hk-field name="week" label="Week" required>
      <hk-select [choices]="weeks" [(chosen)]="week" />
    </hk-field>
  `,
})
class Page {
  readonly zones = ["Europe/Zürich", "Europe/Berlin", "America/New_York"].map((value) => ({
    value,
    text: value.replaceAll("_", " "),
  }));
  readonly zone = signal("Europe/Berlin");
  readonly free = signal(false);
  readonly error = signal("");
  readonly weeks = [
    { value: 1, text: "Monday" },
    { value: 0, text: "Sunday" },
  ];
  readonly week = signal(1);
}

describe("what is chosen from a list", () => {
  let fixture: ComponentFixture<Page>;
  let page: HTMLElement;
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; ++i) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await fixture.whenStable();
    }
  };
  const input = (): HTMLInputElement => page.querySelector("#zone")!;
  const options = (): string[] =>
    [...document.querySelectorAll("[role=option] span")].map((option) => option.textContent);
  const press = async (element: Element, key: string): Promise<void> => {
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settle();
  };
  const type = async (text: string): Promise<void> => {
    input().focus();
    input().value = text;
    input().dispatchEvent(new Event("input", { bubbles: true }));
    await settle();
  };

  // jsdom has no places to scroll to.
  beforeAll(() => (HTMLElement.prototype.scrollIntoView = vi.fn()));
  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(Page);
    page = fixture.nativeElement as HTMLElement;
    document.body.append(page);
    await settle();
  });
  afterEach(() => fixture.destroy());

  it("is named, described and complained of by its field", async () => {
    expect(input().getAttribute("role")).toBe("combobox");
    expect(page.querySelector<HTMLLabelElement>("label")!.htmlFor).toBe("zone");
    expect(input().getAttribute("aria-describedby")).toBe("zone-hint");
    fixture.componentInstance.error.set("No such zone.");
    await settle();
    expect([input().getAttribute("aria-describedby"), input().getAttribute("aria-invalid")]).toEqual([
      "zone-error",
      "true",
    ]);
    expect(page.querySelector("#week")!.getAttribute("aria-labelledby")).toBe("week-label week-value");
  });

  it("is found by any part of its words, whatever the accents, and taken with Enter", async () => {
    await type("eur zur");
    expect(options()).toEqual(["Europe/Zürich"]);
    await type("york");
    expect(options()).toEqual(["America/New York"]);
    await press(input(), "Enter");
    expect(fixture.componentInstance.zone()).toBe("America/New_York");
    expect([input().value, options()]).toEqual(["America/New York", []]);
  });

  it("comes back where nothing was taken, unless any text may be", async () => {
    await type("nowhere");
    expect([options(), document.querySelector(".none")!.textContent.trim()]).toEqual([[], "No match"]);
    input().blur();
    await settle();
    expect([input().value, fixture.componentInstance.zone()]).toEqual(["Europe/Berlin", "Europe/Berlin"]);
    fixture.componentInstance.free.set(true);
    await type(" nowhere ");
    input().blur();
    await settle();
    expect(fixture.componentInstance.zone()).toBe("nowhere");
  });

  it("opens at what is chosen; choosing it again takes nothing away", async () => {
    const button = page.querySelector<HTMLElement>("#week")!;
    button.focus();
    button.click();
    await settle();
    expect(options()).toEqual(["Monday", "Sunday"]);
    expect(document.querySelector("[role=option][data-active=true] span")!.textContent).toBe("Monday");
    await press(button, "Enter");
    expect([fixture.componentInstance.week(), options()]).toEqual([1, []]);
    button.click();
    await settle();
    await press(button, "ArrowDown");
    await press(button, "Enter");
    expect([fixture.componentInstance.week(), button.textContent.trim()]).toEqual([0, "Sunday"]);
  });
});
