import { ComponentFixture, TestBed } from "@angular/core/testing";
import { Router, provideRouter } from "@angular/router";

import { Api, ApiError, NewOwner } from "../../core/api";
import { Session } from "../../core/session";
import { someone } from "../../testing/someone";
import { withTexts } from "../../testing/texts";
import { domainOf } from "../../ui/site-form";
import { Setup } from "./setup";

describe("the set-up form", () => {
  let fixture: ComponentFixture<Setup>;
  let element: HTMLElement;
  let sent: NewOwner[];
  let answer: () => Promise<unknown>;

  async function start(code: string): Promise<void> {
    sent = [];
    answer = () => Promise.resolve({});
    const api = {
      createOwner: (owner: NewOwner) => {
        sent.push(owner);
        return answer();
      },
      bootstrap: () => Promise.resolve(someone()),
      status: () => Promise.resolve({}),
    };
    await withTexts("en", [provideRouter([]), { provide: Api, useValue: api }]);
    TestBed.inject(Session).setupCode.set(code);
    fixture = TestBed.createComponent(Setup);
    element = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
  }
  function fill(name: string, text: string): void {
    const input = element.querySelector<HTMLInputElement>(`#${name}`)!;
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }
  async function submit(): Promise<void> {
    element.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await fixture.whenStable();
  }
  const error = (name: string) => element.querySelector(`#${name}-error`)?.textContent.trim();

  it("asks for the code only where the link did not bring it", async () => {
    await start("CODE");
    expect(element.querySelector("#setup_code")).toBeNull();
    TestBed.resetTestingModule();
    await start("");
    expect(element.querySelector("#setup_code")).not.toBeNull();
  });

  it("says what is missing at the field, and sends nothing", async () => {
    await start("CODE");
    fill("email", "ann");
    fill("password", "short");
    await submit();
    expect(sent).toEqual([]);
    expect(error("email")).toContain("email address");
    expect(error("password")).toContain("At least 10 characters");
  });

  it("puts the server's complaint at the field that it names", async () => {
    await start("CODE");
    answer = () => Promise.reject(new ApiError(400, "invalid", "The set-up code is wrong", "setup_code"));
    fill("email", "ann@example.com");
    fill("password", "long enough");
    await submit();
    expect(sent).toEqual([
      { email: "ann@example.com", password: "long enough", given_name: "", last_name: "", setup_code: "CODE" },
    ]);
    expect(error("setup_code")).toBe("The set-up code is wrong");
  });

  it("asks for the code again, in the reader's words, when the link's was wrong", async () => {
    await start("CODE");
    answer = () => Promise.reject(new ApiError(403, "forbidden", "The setup code is wrong", "setup_code"));
    fill("email", "ann@example.com");
    fill("password", "long enough");
    await submit();
    expect(error("setup_code")).toBe("This code is wrong. The server prints the right one at its start.");
  });

  it("leads on when the set-up was done meanwhile", async () => {
    await start("CODE");
    answer = () => Promise.reject(new ApiError(403, "forbidden", "Setup has already been completed."));
    const navigate = vi.spyOn(TestBed.inject(Router), "navigateByUrl").mockResolvedValue(true);
    fill("email", "ann@example.com");
    fill("password", "long enough");
    await submit();
    expect(navigate).toHaveBeenCalledWith("/", { replaceUrl: true });
  });

  it("shows the password to whoever wants to see it", async () => {
    await start("CODE");
    const button = element.querySelector<HTMLButtonElement>(".control button")!;
    button.click();
    await fixture.whenStable();
    expect(element.querySelector("#password")?.getAttribute("type")).toBe("text");
    expect(button.textContent.trim()).toBe("Hide");
  });

  it("puts any other failure below the form, in the reader's words", async () => {
    await start("CODE");
    answer = () => Promise.reject(new ApiError(503, "busy", "queue full"));
    fill("email", "ann@example.com");
    fill("password", "long enough");
    await submit();
    expect(element.querySelector('[role="alert"]')?.textContent).toContain("The server is busy");
  });
});

describe("what people paste as a domain", () => {
  it("is cut down to its host", () => {
    expect(domainOf(" https://www.Example.com/path?x#y ")).toBe("example.com");
    expect(domainOf("http://localhost:8080/")).toBe("localhost");
    expect(domainOf("shop.example")).toBe("shop.example");
    expect(domainOf("www.München.example")).toBe("xn--mnchen-3ya.example");
    expect(domainOf("not a domain")).toBe("not a domain");
    expect(domainOf("")).toBe("");
  });
});
