import { ComponentFixture, TestBed } from "@angular/core/testing";

import { withTexts } from "../../testing/texts";
import { Column, DataTable } from "./data-table";

interface Row {
  name: string;
  count: number;
}
const COLUMNS: Column<Row>[] = [
  { name: "name", heading: "Page", kind: "name", text: (row) => row.name, sub: (row) => `${row.name}!` },
  { name: "count", heading: "Visitors", kind: "figure", text: (row) => String(row.count), main: true, sum: "3" },
  { name: "share", heading: "Share", kind: "share", text: () => "50%", share: (row) => row.count / 2 },
  { name: "change", heading: "Change", kind: "change", text: () => "−3%", tone: () => "down", phone: true },
  { name: "note", heading: "Note", kind: "figure", text: () => "–", fixed: true },
];

describe("a table", () => {
  let fixture: ComponentFixture<DataTable<Row>>;
  let table: HTMLElement;
  const texts = (selector: string): string[] =>
    [...table.querySelectorAll(selector)].map((element) => element.textContent.trim());
  const sort = () => fixture.componentInstance.sort();
  const click = async (heading: number): Promise<void> => {
    table.querySelectorAll<HTMLElement>("thead button")[heading]!.click();
    await fixture.whenStable();
  };

  beforeEach(async () => {
    await withTexts("en");
    fixture = TestBed.createComponent(DataTable<Row>);
    const set = (name: string, value: unknown): void => fixture.componentRef.setInput(name, value);
    set("label", "Pages");
    set("columns", COLUMNS);
    set("rows", [
      { name: "/a", count: 2 },
      { name: "/b", count: 1 },
    ]);
    set("key", (row: Row) => row.name);
    set("sort", { column: "count", descending: true });
    set("empty", "No page.");
    set("chosen", "/b");
    await fixture.whenStable();
    table = (fixture.nativeElement as HTMLElement).querySelector("table")!;
  });

  it("shows what its columns say of rows, and their sums", () => {
    expect(table.querySelector("caption")!.textContent.trim()).toBe("Pages");
    expect(texts("tbody tr:first-child bdi, tbody tr:first-child .sub")).toEqual(["/a", "/a!"]);
    expect(texts("tbody tr:first-child td")).toEqual(["2", "50%", "−3%", "–"]);
    expect(table.querySelector<HTMLElement>("tbody .meter i")!.style.width).toBe("100%");
    expect(table.querySelector("tbody .change")!.className).toContain("down");
    expect(texts("tr.on th bdi")).toEqual(["/b"]);
    expect(texts("tfoot td")).toEqual(["Sum", "3", "", "", ""]);
  });

  it("is sorted by a click: figures from the largest, names from A, a second click turns it", async () => {
    expect(table.querySelectorAll("thead button").length).toBe(4);
    expect(texts("[aria-sort=descending]")).toEqual(["Visitors"]);
    await click(0);
    expect(sort()).toEqual({ column: "name", descending: false });
    expect(texts("[aria-sort=ascending]")).toEqual(["Page"]);
    await click(0);
    expect(sort()).toEqual({ column: "name", descending: true });
    await click(3);
    expect(sort()).toEqual({ column: "change", descending: true });
  });

  it("keeps on a phone what its columns say, and says when it is empty", async () => {
    const kept = [...table.querySelectorAll("thead th:not(.roomy)")].map((heading) => heading.textContent.trim());
    expect(kept).toEqual(["Page", "Change"]);
    fixture.componentRef.setInput("rows", []);
    await fixture.whenStable();
    expect(texts("tbody td")).toEqual(["No page."]);
    expect(table.querySelector("tfoot")).toBeNull();
  });
});
