import { TestBed } from "@angular/core/testing";

import { Keys } from "./keys";

describe("single keys", () => {
  const press = (key: string, init: KeyboardEventInit = {}, target: HTMLElement = document.body) => {
    let seen = false;
    const listen = (event: KeyboardEvent) => (seen = TestBed.inject(Keys).isCommand(event));
    document.addEventListener("keydown", listen);
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...init }));
    document.removeEventListener("keydown", listen);
    return seen;
  };
  afterEach(() => localStorage.clear());

  it("are commands, unless they are typed or held with another", () => {
    const field = document.body.appendChild(document.createElement("input"));
    expect(press("f")).toBe(true);
    expect([press("f", {}, field), press("f", { ctrlKey: true }), press("f", { metaKey: true })]).toEqual([
      false,
      false,
      false,
    ]);
    field.remove();
  });

  it("can be switched off, for the next time too; Escape stays", () => {
    TestBed.inject(Keys).turn(false);
    expect([press("f"), press("["), press("Escape")]).toEqual([false, false, true]);
    TestBed.resetTestingModule();
    expect(TestBed.inject(Keys).on()).toBe(false);
    TestBed.inject(Keys).turn(true);
    expect(press("f")).toBe(true);
  });
});
