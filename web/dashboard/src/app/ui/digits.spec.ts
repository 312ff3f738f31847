import { ChangeDetectionStrategy, Component, signal } from "@angular/core";
import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Digits } from "./digits";
import { Field } from "./field";

@Component({
  selector: "hk-page",
  imports: [Digits, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-field name="code" label="Code" required><hk-digits [(value)]="code" (full)="sent.push(code())" /></hk-field>
  `,
})
class Page {
  readonly code = signal("");
  readonly sent: string[] = [];
}

describe("the six digits", () => {
  let fixture: ComponentFixture<Page>;
  let input: HTMLInputElement;
  const boxes = (): string[] =>
    [...(fixture.nativeElement as HTMLElement).querySelectorAll("hk-digits span")].map((box) => box.textContent);
  async function type(text: string): Promise<void> {
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await fixture.whenStable();
  }

  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(Page);
    await fixture.whenStable();
    input = (fixture.nativeElement as HTMLElement).querySelector("input")!;
  });

  it("are one input, with the label of its field and what phones fill in", () => {
    expect(input.id).toBe("code");
    expect(input.autocomplete).toBe("one-time-code");
    expect(input.inputMode).toBe("numeric");
  });

  it("show what is typed, and send themselves with the last", async () => {
    await type("41");
    expect(boxes()).toEqual(["4", "1", "", "", "", ""]);
    expect(fixture.componentInstance.sent).toEqual([]);
    await type("419203");
    expect(fixture.componentInstance.sent).toEqual(["419203"]);
  });

  it("take a code that is pasted as an app shows it, and nothing but digits", async () => {
    await type(" 419 203 7");
    expect(input.value).toBe("419203");
    expect(fixture.componentInstance.sent).toEqual(["419203"]);
    await type("41920x");
    expect(boxes().join("")).toBe("41920");
  });

  it("are sent once, not with every look at them", async () => {
    await type("419203");
    await type("4192039");
    expect(fixture.componentInstance.sent).toEqual(["419203"]);
  });
});
