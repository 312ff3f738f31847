import { ComponentFixture, TestBed } from "@angular/core/testing";

import { provideRouter } from "@angular/router";

import { Api, ApiError, Notice, SiteChange } from "../core/api";
import { Language } from "../core/i18n";
import { Session } from "../core/session";
import { aSite } from "../testing/site";
import { withTexts } from "../testing/texts";
import { Notices } from "./notices";

const SITE = "00000000-0000-4000-8000-000000000001";

let changes: unknown[] = [];
let refuses = false;

async function page(notices: Notice[], language: Language = "en"): Promise<ComponentFixture<Notices>> {
  const changeSite = (id: string, change: SiteChange): Promise<unknown> => {
    changes.push([id, change]);
    return refuses ? Promise.reject(new ApiError(503, "busy", "")) : Promise.resolve({ id, ...change });
  };
  await withTexts(language, [
    provideRouter([]),
    { provide: Api, useValue: { notices: () => Promise.resolve(notices), changeSite } },
  ]);
  TestBed.inject(Session).sites.set([aSite({ id: SITE, domain: "a.example", excluded_hosts: ["old.a.example"] })]);
  const fixture = TestBed.createComponent(Notices);
  fixture.componentRef.setInput("siteId", SITE);
  await fixture.whenStable();
  await new Promise((resolve) => setTimeout(resolve));
  await fixture.whenStable();
  return fixture;
}
const press = async (fixture: ComponentFixture<Notices>, name: string): Promise<void> => {
  const buttons = [...(fixture.nativeElement as HTMLElement).querySelectorAll<HTMLElement>(".actions .btn")];
  buttons.find((button) => button.textContent.trim() === name)!.click();
  await new Promise((resolve) => setTimeout(resolve));
  await fixture.whenStable();
};
const texts = (fixture: ComponentFixture<Notices>): string[] =>
  [...(fixture.nativeElement as HTMLElement).querySelectorAll(".note p:first-child")].map((p) =>
    p.textContent.replace(/\s+/g, " ").trim(),
  );

describe("the notices", () => {
  beforeEach(() => {
    sessionStorage.clear();
    changes = [];
    refuses = false;
  });

  it("say what is the case and what to do, with its facts", async () => {
    const fixture = await page(
      [
        {
          kind: "proxy_unnamed",
          level: "alarm",
          facts: { headers: "X-Forwarded-For", peer: "127.0.0.1", setting: "HITKEEP_TRUSTED_PROXIES=127.0.0.1" },
        },
      ],
      "de",
    );
    expect(texts(fixture)).toEqual([
      "Alle Besucher scheinen von einem Proxy zu kommen. Ein Proxy unter 127.0.0.1 reicht Anfragen weiter (X-Forwarded-For), " +
        "aber niemand hat ihn benannt. Deshalb lassen sich die Menschen dahinter nicht unterscheiden. " +
        "HITKEEP_TRUSTED_PROXIES=127.0.0.1 setzen und neu starten.",
    ]);
    expect((fixture.nativeElement as HTMLElement).querySelector(".note.bad")).not.toBeNull();
  });

  it("name a kind that this page does not know", async () => {
    expect(texts(await page([{ kind: "of_tomorrow", level: "info", facts: {} }]))).toEqual([
      "The server reports: of_tomorrow Its log says more.",
    ]);
  });

  it("are about this site or about the instance", async () => {
    const about = (site_id?: string): Notice => ({
      kind: site_id ? "bound_reached" : "disk_full",
      level: "warning",
      site_id,
      domain: "a.example",
      facts: { refused: "3" },
    });
    const fixture = await page([about("00000000-0000-4000-8000-000000000002"), about(), about(SITE)]);
    expect(texts(fixture).map((text) => text.slice(0, 16))).toEqual(["The disk is full", "An address sends"]);
  });

  it("let the owner decide with one press", async () => {
    const asked: Notice = {
      kind: "subdomains_asked",
      level: "warning",
      site_id: SITE,
      domain: "a.example",
      facts: { hits: "3", hosts: "blog.a.example" },
    };
    let fixture = await page([asked]);
    refuses = true;
    await press(fixture, "Count them");
    expect((fixture.nativeElement as HTMLElement).querySelector(".error")!.textContent).toContain("busy");
    refuses = false;
    await press(fixture, "Do not count them");
    expect(changes).toEqual([
      [SITE, { subdomains: true }],
      [SITE, { subdomains: false }],
    ]);
    expect(texts(fixture)).toEqual([]);
    TestBed.resetTestingModule();
    fixture = await page([
      { ...asked, kind: "copies_counted", facts: { hits: "3", hosts: "dev.a.example, preview.a.example" } },
    ]);
    await press(fixture, "Leave them out");
    expect(changes[2]).toEqual([SITE, { excluded_hosts: ["old.a.example", "dev.a.example", "preview.a.example"] }]);
  });

  it("lead to the form that adds an unknown host as a site", async () => {
    const fixture = await page([{ kind: "hosts_unknown", level: "warning", facts: { hits: "20", host: "b.example" } }]);
    expect((fixture.nativeElement as HTMLElement).querySelector(".actions a")!.getAttribute("href")).toBe(
      "/sites/new?domain=b.example",
    );
  });

  it("stay hidden while the tab is open, also when their figures move", async () => {
    const fixture = await page([{ kind: "hosts_unknown", level: "info", facts: { hits: "1", host: "b.example" } }]);
    (fixture.nativeElement as HTMLElement).querySelector<HTMLButtonElement>(".hide")!.click();
    await fixture.whenStable();
    expect(texts(fixture)).toEqual([]);
    TestBed.resetTestingModule();
    expect(
      texts(await page([{ kind: "hosts_unknown", level: "info", facts: { hits: "2", host: "b.example" } }])),
    ).toEqual([]);
  });
});
