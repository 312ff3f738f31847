import { signal } from "@angular/core";
import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";

import { Api, ApiError, Site, SiteChange } from "../../core/api";
import { Session } from "../../core/session";
import { Here } from "../../shell/here";
import { aSite } from "../../testing/site";
import { withTexts } from "../../testing/texts";
import { Unsaved } from "../../ui/settings/unsaved";
import { Hosts } from "./hosts";

const SITE = aSite({
  id: "1",
  domain: "a.example",
  subdomains: null,
  excluded_hosts: ["dev.a.example"],
});

describe("the hosts of a site", () => {
  it("are saved as they stand in the form, and a refusal stands at its field", async () => {
    const changes: SiteChange[] = [];
    let refuses = false;
    let taken = false;
    const changeSite = (_id: string, change: SiteChange): Promise<Site> => {
      changes.push(change);
      if (taken) return Promise.reject(new ApiError(409, "conflict", "Another site has it", "former_domains"));
      if (refuses) return Promise.reject(new ApiError(400, "invalid", "Only hosts below a.example", "excluded_hosts"));
      return Promise.resolve({ ...SITE, subdomains: true, excluded_hosts: change.excluded_hosts ?? [] });
    };
    const site = signal<Site | undefined>(SITE);
    await withTexts("en", [
      provideRouter([]),
      { provide: Api, useValue: { changeSite } },
      { provide: Here, useValue: { site } },
    ]);
    const session = TestBed.inject(Session);
    session.sites.set([SITE]);
    const fixture = TestBed.createComponent(Hosts);
    await fixture.whenStable();
    const whole = fixture.nativeElement as HTMLElement;
    const [adding, page] = [...whole.querySelectorAll("form")] as [HTMLFormElement, HTMLFormElement];
    const subdomains = page.querySelector<HTMLButtonElement>("button[role=switch]")!;
    const text = page.querySelector<HTMLInputElement>("#excluded_hosts")!;
    expect([subdomains.getAttribute("aria-checked"), text.value]).toEqual(["false", "dev.a.example"]);

    const submit = async (): Promise<void> => {
      page.querySelector<HTMLElement>("button[type=submit]")!.click();
      await new Promise((resolve) => setTimeout(resolve));
      await fixture.whenStable();
    };
    expect(page.querySelector("[role=status]")!.textContent.trim()).toBe("No changes");
    await submit();
    expect(changes).toEqual([]);

    subdomains.click();
    await fixture.whenStable();
    expect(page.querySelector("[role=status]")!.textContent.trim()).toBe("1 change: hosts below");
    expect(TestBed.inject(Unsaved).any()).toBe(true);
    text.value = " dev.a.example,b.a.example  c.a.example";
    text.dispatchEvent(new Event("input"));
    await submit();
    expect(changes[0]).toEqual({ subdomains: true, excluded_hosts: ["dev.a.example", "b.a.example", "c.a.example"] });
    expect(session.sites()![0]!.subdomains).toBe(true);

    site.set(session.sites()![0]);
    await fixture.whenStable();
    expect(page.querySelector("[role=status]")!.textContent.trim()).toBe("Saved. It counts from now on.");
    expect(TestBed.inject(Unsaved).any()).toBe(false);
    refuses = true;
    text.value = "other.example";
    text.dispatchEvent(new Event("input"));
    await fixture.whenStable();
    await submit();
    expect(page.querySelector("#excluded_hosts-error")!.textContent).toBe(
      "Only hosts below the site's domain can be left out, for example staging.example.com.",
    );

    refuses = false;
    const further = adding.querySelector<HTMLInputElement>("#former_domains")!;
    const add = async (domain: string): Promise<void> => {
      further.value = domain;
      further.dispatchEvent(new Event("input"));
      adding.querySelector<HTMLElement>("button[type=submit]")!.click();
      await new Promise((resolve) => setTimeout(resolve));
      await fixture.whenStable();
    };
    await add("");
    expect(changes.length).toBe(2);
    await add(" b.example ");
    expect(changes.at(-1)).toEqual({ former_domains: ["b.example"] });
    taken = true;
    await add("c.example");
    expect(adding.querySelector("#former_domains-error")!.textContent).toBe(
      "A domain such as example.org that no other site here has.",
    );
  });
});
