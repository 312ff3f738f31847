import { ComponentFixture, TestBed } from "@angular/core/testing";

import { Api, Notice } from "../core/api";
import { Language } from "../core/i18n";
import { withTexts } from "../testing/texts";
import { Notices } from "./notices";

const SITE = "00000000-0000-4000-8000-000000000001";

async function page(notices: Notice[], language: Language = "en"): Promise<ComponentFixture<Notices>> {
  await withTexts(language, [{ provide: Api, useValue: { notices: () => Promise.resolve(notices) } }]);
  const fixture = TestBed.createComponent(Notices);
  fixture.componentRef.setInput("siteId", SITE);
  await fixture.whenStable();
  await new Promise((resolve) => setTimeout(resolve));
  await fixture.whenStable();
  return fixture;
}
const texts = (fixture: ComponentFixture<Notices>): string[] =>
  [...(fixture.nativeElement as HTMLElement).querySelectorAll(".note p")].map((p) =>
    p.textContent.replace(/\s+/g, " ").trim(),
  );

describe("the notices", () => {
  beforeEach(() => sessionStorage.clear());

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
      "Alle Besucher scheinen von einem Proxy zu kommen Ein Proxy unter 127.0.0.1 reicht Anfragen weiter (X-Forwarded-For), " +
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
