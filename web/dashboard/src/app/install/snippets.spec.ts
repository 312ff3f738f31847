import { PLATFORMS, SnippetOption, snippetFor } from "./snippets";

const WHERE = { script: "https://stats.example/hk.js", base: "https://stats.example/", domain: "birds.example" };
const OPTIONS: SnippetOption[] = ["web_vitals", "outbound"];

describe("the snippet", () => {
  it("loads the script with what is asked for, on every kind of site", () => {
    for (const platform of PLATFORMS) {
      const text = snippetFor(platform, WHERE, OPTIONS);
      expect(text, platform).toContain("https://stats.example/");
      if (platform === "server") continue;
      expect(text, platform).toContain(WHERE.script);
      expect(text, platform).toContain("data-enable-outbound-tracking");
      expect(text.indexOf("outbound"), platform).toBeLessThan(text.indexOf("web-vitals"));
      expect(snippetFor(platform, WHERE, []), platform).not.toContain("data-");
    }
  });

  it("is one line where that will do", () => {
    expect(snippetFor("html", WHERE, [])).toBe('<script async src="https://stats.example/hk.js"></script>');
    expect(snippetFor("shopify", WHERE, ["consent"])).toBe(
      '<script async src="https://stats.example/hk.js" data-consent="true"></script>',
    );
  });
});
