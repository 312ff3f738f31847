import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { Names } from "./names";
import { Predicate, isOfMachines, operatorsOf } from "./query";

describe("the names of values", () => {
  it("say where, in the reader's language", async () => {
    await withTexts("de");
    const names = TestBed.inject(Names);
    expect(names.of("city", "Linz, Upper Austria, AT")).toBe("Linz, Upper Austria, Österreich");
    expect(names.of("city", "Vienna, , AT")).toBe("Vienna, Österreich");
    expect(names.of("region", "Upper Austria, AT")).toBe("Upper Austria, Österreich");
    expect(names.of("network", "AS3320 Deutsche Telekom AG")).toBe("Deutsche Telekom AG");
    expect(names.of("network", "AS64512")).toBe("AS64512");
    expect(names.of("screen", "m")).toBe("992 – 1439 px");
    expect(names.of("visitor_kind", "ai_crawler")).toBe("KI-Crawler");
    expect(names.of("visitor_kind", "of_tomorrow")).toBe("of_tomorrow");
  });
});

describe("the kind of visitor", () => {
  it("says whose rows are asked", () => {
    const kind = (op: "is" | "is_not", ...values: string[]): Predicate => ({ dimension: "visitor_kind", op, values });
    expect(isOfMachines([])).toBe(false);
    expect(isOfMachines([kind("is", "human")])).toBe(false);
    expect(isOfMachines([kind("is_not", "human")])).toBe(true);
    expect(isOfMachines([kind("is", "search")])).toBe(true);
    expect(operatorsOf("visitor_kind")).toEqual(["is", "is_not"]);
  });
});
