import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError, Site, SiteChange } from "../core/api";
import { Session } from "../core/session";
import { withTexts } from "../testing/texts";
import { SiteHosts } from "./site-hosts";

const SITE: Site = {
  id: "1",
  domain: "a.example",
  created_at: "",
  subdomains: null,
  excluded_hosts: ["dev.a.example"],
};

describe("the hosts of a site", () => {
  it("are saved as they stand in the form, and a refusal stands at its field", async () => {
    const changes: SiteChange[] = [];
    let refuses = false;
    const changeSite = (_id: string, change: SiteChange): Promise<Site> => {
      changes.push(change);
      if (refuses) return Promise.reject(new ApiError(400, "invalid", "Only hosts below a.example", "excluded_hosts"));
      return Promise.resolve({ ...SITE, subdomains: true, excluded_hosts: change.excluded_hosts ?? [] });
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: { changeSite } }]);
    const session = TestBed.inject(Session);
    session.sites.set([SITE]);
    const fixture = TestBed.createComponent(SiteHosts);
    fixture.componentRef.setInput("site", SITE);
    await fixture.whenStable();
    const page = fixture.nativeElement as HTMLElement;
    const box = page.querySelector<HTMLInputElement>("input[type=checkbox]")!;
    const text = page.querySelector<HTMLInputElement>("#excluded_hosts")!;
    expect([box.checked, text.value]).toEqual([false, "dev.a.example"]);

    const submit = async (): Promise<void> => {
      page.querySelector("form")!.dispatchEvent(new Event("submit"));
      await new Promise((resolve) => setTimeout(resolve));
      await fixture.whenStable();
    };
    box.click();
    text.value = " dev.a.example,b.a.example  c.a.example";
    text.dispatchEvent(new Event("input"));
    await submit();
    expect(changes[0]).toEqual({ subdomains: true, excluded_hosts: ["dev.a.example", "b.a.example", "c.a.example"] });
    expect(session.sites()![0]!.subdomains).toBe(true);

    fixture.componentRef.setInput("site", session.sites()![0]);
    await fixture.whenStable();
    expect(page.querySelector("[role=status]")!.textContent).toBe("Saved. It counts from now on.");
    refuses = true;
    await submit();
    expect(page.querySelector("#excluded_hosts-error")!.textContent).toBe(
      "Only hosts below the site's domain can be left out, for example staging.example.com.",
    );
  });
});
