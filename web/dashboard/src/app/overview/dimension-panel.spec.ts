import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { DimensionPanel } from "./dimension-panel";

describe("a list", () => {
  let fixture: ComponentFixture<DimensionPanel>;
  let element: HTMLElement;

  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(DimensionPanel);
    element = fixture.nativeElement as HTMLElement;
    const inputs = {
      panel: { id: "sources", tabs: ["channel", "source"], usual: "source" },
      chosen: "source",
      shown: "source",
      filters: [{ dimension: "source", op: "is", values: ["Bing"] }],
      result: {
        rows: [
          { dimensions: ["Google"], metrics: [200], compare: [100] },
          { dimensions: [""], metrics: [100], compare: [0] },
          { dimensions: ["Bing"], metrics: [50], compare: [100] },
          { dimensions: ["Ecosia"], metrics: [1], compare: [null] },
        ],
        more: 3,
      },
    };
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    await fixture.whenStable();
  });

  it("shows name, figure and change, and a bar against the largest", () => {
    const rows = [...element.querySelectorAll<HTMLElement>(".row")];
    expect(rows.map((row) => row.textContent.trim().replace(/\s+/g, " "))).toEqual([
      "Google 200 +100%",
      "Direct / none 100 new",
      "Bing 50 −50%",
      "Ecosia 1 –",
    ]);
    expect(rows.map((row) => row.style.getPropertyValue("--w"))).toEqual(["1.000", "0.500", "0.250", "0.005"]);
    expect(rows.map((row) => row.getAttribute("aria-pressed"))).toEqual(["false", "false", "true", "false"]);
  });

  it("filters by a click, and excludes with Alt", () => {
    const asked: unknown[] = [];
    fixture.componentInstance.filter.subscribe((filter) => asked.push(filter));
    const [first] = element.querySelectorAll<HTMLElement>(".row");
    first?.click();
    first?.dispatchEvent(new MouseEvent("click", { altKey: true }));
    expect(asked).toEqual([
      { dimension: "source", value: "Google", op: "is" },
      { dimension: "source", value: "Google", op: "is_not" },
    ]);
  });

  it("moves between its tabs with the arrow keys", () => {
    const chosen: string[] = [];
    fixture.componentInstance.choose.subscribe((tab) => chosen.push(tab));
    document.body.append(element);
    const tabs = [...element.querySelectorAll<HTMLElement>('[role="tab"]')];
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([-1, 0]);
    tabs[1]?.focus();
    tabs[1]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    expect(chosen).toEqual(["channel"]);
    expect(document.activeElement).toBe(tabs[0]);
  });
});
