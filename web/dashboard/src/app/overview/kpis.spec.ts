import { TestBed } from "@angular/core/testing";

import { Row } from "../core/query";
import { withTexts } from "../testing/texts";
import { Kpis } from "./kpis";

const TOTALS: Row = { dimensions: [], metrics: [26, 30, 55, 1.83, 46, 43], compare: [120, 160, 296, 1.85, 45, 53] };

async function changes(inputs: Record<string, unknown>): Promise<string[]> {
  await withTexts("en");
  const fixture = TestBed.createComponent(Kpis);
  for (const [name, value] of Object.entries({ totals: TOTALS, chosen: "visitors", ...inputs }))
    fixture.componentRef.setInput(name, value);
  await fixture.whenStable();
  const texts = (fixture.nativeElement as HTMLElement).querySelectorAll(".d");
  return [...texts].map((text) =>
    `${text.textContent.trim()} ${text.classList.contains("down") ? "worse" : ""}`.trim(),
  );
}

describe("the figures", () => {
  it("show the change of each, and whether it is for the worse", async () => {
    expect(await changes({})).toEqual([
      "−78% worse",
      "−81% worse",
      "−81% worse",
      "−0.02 worse",
      "+1 pp worse",
      "−10 s worse",
    ]);
  });

  it("of a running day are not judged where its visits may still change them", async () => {
    expect(await changes({ running: true })).toEqual([
      "−78% worse",
      "−81% worse",
      "−81% worse",
      "−0.02",
      "+1 pp",
      "−10 s",
    ]);
  });
});
