import { ChangeDetectionStrategy, Component, ViewEncapsulation, ɵSHARED_STYLES_HOST as HOST } from "@angular/core";
import { TestBed } from "@angular/core/testing";

import { AdoptedStyles } from "./adopted-styles";

@Component({
  selector: "hk-styled",
  changeDetection: ChangeDetectionStrategy.OnPush,
  encapsulation: ViewEncapsulation.None,
  styles: ".styled-for-this-test { color: red }",
  template: "",
})
class Styled {}

/** What jsdom has not. */
class Sheet {
  text = "";
  replaceSync(text: string): void {
    this.text = text;
  }
}

describe("the styles of components", () => {
  it("become sheets of the document, each once, and never an element", async () => {
    vi.stubGlobal("CSSStyleSheet", Sheet);
    const adopted: Sheet[] = [];
    Object.defineProperty(document, "adoptedStyleSheets", { value: adopted, configurable: true });
    TestBed.configureTestingModule({ providers: [{ provide: HOST, useClass: AdoptedStyles }] });
    const first = TestBed.createComponent(Styled);
    await first.whenStable();
    first.destroy();
    await TestBed.createComponent(Styled).whenStable();
    expect(adopted.filter(({ text }) => text.includes("styled-for-this-test")).length).toBe(1);
    const elements = [...document.querySelectorAll("style")].map((element) => element.textContent);
    expect(elements.filter((text) => text.includes("styled-for-this-test"))).toEqual([]);
    vi.unstubAllGlobals();
  });
});
