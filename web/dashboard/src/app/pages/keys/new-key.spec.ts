import { ComponentFixture, TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { NewApiClient, PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { aSite } from "../../testing/site";
import { someone } from "../../testing/someone";
import { withTexts } from "../../testing/texts";
import { NewKey } from "./new-key";

describe("a new API key", () => {
  let fixture: ComponentFixture<NewKey>;
  let element: HTMLElement;
  let sent: [NewApiClient, string | undefined][];
  let answer: () => Promise<unknown>;

  beforeEach(async () => {
    // What the browser has and jsdom has not.
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    sent = [];
    answer = () => Promise.resolve({ client: {}, token: "hk_secret" });
    const sites = [aSite({ id: "s1" }), aSite({ id: "s2", domain: "b.example" })];
    await withTexts("en", [
      provideRouter([]),
      { provide: Api, useValue: { bootstrap: () => Promise.resolve(someone(sites)) } },
      {
        provide: PeopleApi,
        useValue: {
          makeKey: (wish: NewApiClient, team?: string) => {
            sent.push([wish, team]);
            return answer();
          },
        },
      },
    ]);
    await TestBed.inject(Session).load();
    fixture = TestBed.createComponent(NewKey);
    element = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
  });

  const checks = () => [...element.querySelectorAll<HTMLInputElement>("hk-check input")];
  async function send(name: string): Promise<void> {
    const input = element.querySelector<HTMLInputElement>("#key_name")!;
    input.value = name;
    input.dispatchEvent(new Event("input"));
    element.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await fixture.whenStable();
  }
  const press = async (check: HTMLInputElement | undefined) => {
    check?.click();
    await fixture.whenStable();
  };

  it("reads all sites for a year where nothing else is chosen, and is shown once", async () => {
    await send(" Spreadsheet ");
    const [[wish, team]] = sent as [[NewApiClient, undefined]];
    const { expires_at, ...rest } = wish;
    expect([rest, team]).toEqual([{ name: "Spreadsheet", scopes: ["read"], all_sites: true }, undefined]);
    expect((Date.parse(expires_at!) - Date.now()) / 86_400_000).toBeCloseTo(365, 2);
    expect(element.querySelector("code")?.textContent).toBe("hk_secret");
    expect(element.querySelector("form")).toBeNull();
  });

  it("wants a name, something that it may, and somewhere", async () => {
    const [read, , , , some] = checks();
    await press(read);
    await press(some);
    await send("");
    expect(sent).toEqual([]);
    expect(element.querySelector("#key_name-error")?.textContent).toBe("This is needed.");
    expect(element.textContent).toContain("opens nothing");
    expect(element.querySelector("#site_roles-error")?.textContent).toBe("This is needed.");
  });

  it("says at its field what the server has against it", async () => {
    answer = () => Promise.reject(new ApiError(400, "invalid", "Names are plain text", "name"));
    await send("Odd");
    expect(element.querySelector("#key_name-error")?.textContent).toBe("Names are plain text");
  });

  it("is the team's where it is one's", async () => {
    fixture.componentRef.setInput("team", "t1");
    await send("Shop");
    expect(sent[0]?.[1]).toBe("t1");
  });
});
