import { describe, expect, it } from "vitest";

import { addressText, hostText, visible } from "./text";

describe("hostText", () => {
  it("shows names as people write them", () => {
    for (const name of [
      "blåbær.example",
      "münchen.de",
      "пример.рф",
      "例え.テスト",
      "उदाहरण.परीक्षा",
      "مثال.example",
      "他们为什么不说中文.example",
      "xn.example",
      "plain.example",
      "tokyo東京.example",
      "βόλος.example",
    ])
      expect(hostText(new URL(`http://${name}`).hostname)).toBe(name);
  });

  it("leaves in ASCII what could be mistaken, and what is no name", () => {
    for (const name of ["аррӏе.com", "gооgle.com", "pаypal.com", "faϲebook.com"]) {
      const host = new URL(`http://${name}`).hostname;
      expect(host).toContain("xn--");
      expect(hostText(host)).toBe(host);
    }
    for (const host of ["xn--.example", "xn--a.example", "xn--!!!.example", "xn--99999999.example", "xn--a-.example"])
      expect(hostText(host)).toBe(host);
  });

  it("reads the host of an address only", () => {
    expect(addressText("xn--blbr-roah.example/xn--blbr-roah.example")).toBe("blåbær.example/xn--blbr-roah.example");
    expect(addressText("xn--blbr-roah.example")).toBe("blåbær.example");
  });
});

describe("visible", () => {
  it("numbers what nobody sees", () => {
    expect(visible("user\u202Egpj.exe")).toBe("user[U+202E]gpj.exe");
    expect(visible("a\u2028b\nc\u{E0041}")).toBe("a[U+2028]b[U+000A]c[U+E0041]");
    for (const text of ["Anna Ærø", "می\u200Cخواهم", "👩\u200D💻", "東京"]) expect(visible(text)).toBe(text);
  });
});
