import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { ChartPoint, LineChart } from "./line-chart";

const POINTS: ChartPoint[] = [
  { bucket: "2026-11-20", value: 100, before: 80, beforeBucket: "2026-11-17", partial: false },
  { bucket: "2026-11-21", value: 120, before: 90, beforeBucket: "2026-11-18", partial: false },
  { bucket: "2026-11-22", value: 40, before: 110, beforeBucket: "2026-11-19", partial: true },
];

describe("the chart", () => {
  let fixture: ComponentFixture<LineChart>;
  let plot: HTMLElement;

  async function show(points: ChartPoint[]): Promise<void> {
    fixture.componentRef.setInput("points", points);
    fixture.componentRef.setInput("metric", "visitors");
    fixture.componentRef.setInput("interval", "day");
    await fixture.whenStable();
    plot = (fixture.nativeElement as HTMLElement).querySelector<HTMLElement>(".plot")!;
  }
  async function press(key: string): Promise<string | null> {
    plot.dispatchEvent(new KeyboardEvent("keydown", { key }));
    await fixture.whenStable();
    return plot.getAttribute("aria-valuetext");
  }

  beforeEach(async () => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        observe = () => undefined;
        disconnect = () => undefined;
      },
    );
    await withTexts("en");
    fixture = TestBed.createComponent(LineChart);
    await show(POINTS);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("reads out each stop of the cursor, with both periods and the change", async () => {
    expect(await press("Home")).toBe("Fri 20 Nov, 100 visitors, 80 on 17 Nov · +25%");
    expect(await press("ArrowRight")).toBe("Sat 21 Nov, 120 visitors, 90 on 18 Nov · +33%");
    expect(await press("End")).toBe("Sun 22 Nov, still running, 40 visitors, 110 in all of 19 Nov");
    expect(await press("ArrowRight")).toContain("Sun 22 Nov");
    expect(plot.getAttribute("aria-valuenow")).toBe("2");
    expect(await press("Home")).toContain("Fri 20 Nov");
    expect(await press("ArrowLeft")).toContain("Fri 20 Nov");
  });

  it("draws the running bucket apart from the finished ones", () => {
    const lines = [...plot.querySelectorAll(".line-now")];
    expect(lines.map((line) => line.getAttribute("points")?.split(" ").length)).toEqual([2, 2]);
    expect(lines[1]?.classList.contains("running")).toBe(true);
  });

  it("keeps the cursor when figures move, and drops it when the buckets change", async () => {
    await press("Home");
    await show(POINTS.map((point) => ({ ...point, value: 7 })));
    expect(plot.getAttribute("aria-valuenow")).toBe("0");
    await show(POINTS.slice(0, 2));
    expect(plot.getAttribute("aria-valuenow")).toBe("1");
  });

  it("says nothing about a comparison that has no data", async () => {
    await show(POINTS.map((point) => ({ ...point, before: null })));
    expect(await press("Home")).toBe("Fri 20 Nov, 100 visitors");
  });

  it("puts the tip on the side of the cursor that has more room", async () => {
    const place = () => plot.querySelector<HTMLElement>(".tip")!.style.transform;
    await press("Home");
    expect(place()).not.toContain("100%");
    await press("End");
    expect(place()).toContain("- 100%");
  });

  it("stands with no point and with one", async () => {
    await show([]);
    expect([...plot.querySelectorAll("text")].map((text) => text.textContent).join("")).toBe("");
    expect(plot.getAttribute("aria-valuetext")).toBe("No data yet");
    await show(POINTS.slice(0, 1));
    expect(plot.querySelectorAll(".dot")).toHaveLength(1);
    expect(plot.querySelectorAll(".line-now")).toHaveLength(0);
  });

  it("never draws a line to a bucket without data", async () => {
    await show([...POINTS.slice(0, 2), { ...POINTS[2]!, value: null, partial: false }]);
    expect(plot.querySelector(".line-now")?.getAttribute("points")?.split(" ")).toHaveLength(2);
    expect(await press("End")).toBe("Sun 22 Nov, –, 110 in all of 19 Nov");
  });
});
