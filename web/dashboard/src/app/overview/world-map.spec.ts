import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { WorldMap } from "./world-map";
import { PARTS, WORLD } from "./world.generated";

describe("the map", () => {
  let fixture: ComponentFixture<WorldMap>;
  let element: HTMLElement;

  const show = async (visitors: Record<string, number>, on: string[] = []) => {
    const rows = Object.entries(visitors).map(([code, count]) => ({ dimensions: [code], metrics: [count] }));
    fixture.componentRef.setInput("result", { rows, more: 0 });
    fixture.componentRef.setInput("on", on);
    await fixture.whenStable();
  };
  const countries = () => [...element.querySelectorAll<SVGPathElement>('[role="button"]')];
  const frame = () => element.querySelector("svg")?.getAttribute("viewBox");
  const text = () => element.querySelector("footer")?.textContent.replace(/\s+/g, " ").trim() ?? "";

  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(WorldMap);
    element = fixture.nativeElement as HTMLElement;
    fixture.componentRef.setInput("on", []);
  });

  it("shows countries in shades, and who is chosen", async () => {
    await show({ DE: 900, AT: 144, FR: 1 }, ["AT"]);
    expect(countries().map((path) => path.getAttribute("aria-label"))).toEqual([
      "Germany, 900 · 86%",
      "Austria, 144 · 14%",
      "France, 1 · 0%",
    ]);
    expect(countries().map((path) => path.getAttribute("class"))).toEqual(["a5", "a2", "a1"]);
    expect(countries().map((path) => path.getAttribute("aria-pressed"))).toEqual(["false", "true", "false"]);
    expect(countries().map((path) => path.getAttribute("tabindex"))).toEqual(["0", "-1", "-1"]);
  });

  it("shows the part of the world that most come from, and counts the others", async () => {
    await show({ DE: 79, US: 20, "": 1 });
    expect(frame()).toBe(WORLD);
    expect(text()).toContain("1 elsewhere");
    await show({ DE: 80, US: 19, "": 1 });
    expect(frame()).toBe(PARTS[0]);
    expect(text()).toContain("20 elsewhere");
    [...element.querySelectorAll<HTMLElement>('[role="radio"]')]
      .find((one) => one.textContent.trim() === "World")
      ?.click();
    await fixture.whenStable();
    expect(frame()).toBe(WORLD);
  });

  it("filters by a click and by Enter, and excludes with Alt", async () => {
    await show({ DE: 80, AT: 20 });
    const asked: unknown[] = [];
    fixture.componentInstance.filter.subscribe((filter) => asked.push(filter));
    const [germany, austria] = countries();
    germany?.dispatchEvent(new MouseEvent("click"));
    austria?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    germany?.dispatchEvent(new MouseEvent("click", { altKey: true }));
    expect(asked).toEqual([
      { value: "DE", op: "is" },
      { value: "AT", op: "is" },
      { value: "DE", op: "is_not" },
    ]);
  });

  it("has every country in one part of the world", async () => {
    const parts: Record<string, string> = { DE: "0", JP: "1", ZA: "2", CA: "3", BR: "4", NZ: "5" };
    for (const [code, part] of Object.entries(parts)) {
      await show({ [code]: 1 });
      expect(frame()).toBe(PARTS[Number(part)]);
    }
  });
});
