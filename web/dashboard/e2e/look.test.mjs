// What the overview looks like, against kept pictures (e2e/look), pixel by pixel: whoever rebuilds what is below sees that
// nothing moved. Changed on purpose? UPDATE_GOLDEN=1 takes new pictures; look at both.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { NOW, SITE, close, open, stage } from "./browser.mjs";

const PICTURES = join(dirname(fileURLToPath(import.meta.url)), "look");
/** Another release of the browser draws letters otherwise: its pictures are not held against these. */
const VERSION = join(PICTURES, "chromium.txt");
/** Steps of 255 that dithering and smoothing may differ by, and the share of pixels that may differ by more, in %. */
const STEPS = 8;
const SHARE = 0.1;

const { browser, url } = await stage();

/** The share of pixels, in %, that differ between two pictures. */
async function difference(page, pictures) {
  const sources = pictures.map((picture) => `data:image/png;base64,${picture.toString("base64")}`);
  return page.evaluate(
    async ([sources, steps]) => {
      const pixels = async (source) => {
        const image = new globalThis.Image();
        image.src = source;
        await image.decode();
        const context = new globalThis.OffscreenCanvas(image.width, image.height).getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [a, b] = await Promise.all(sources.map(pixels));
      if (a.width !== b.width || a.height !== b.height) return 100;
      let differ = 0;
      for (let i = 0; i < a.data.length; i += 4) {
        if ([0, 1, 2].some((channel) => Math.abs(a.data[i + channel] - b.data[i + channel]) > steps)) ++differ;
      }
      return (100 * differ) / (a.data.length / 4);
    },
    [sources, STEPS],
  );
}

for (const [name, query, options] of [
  ["wide", "", { width: 1440 }],
  ["wide-dark-filtered", "?range=7d&interval=hour&f=channel:is:direct&compare=year", { width: 1440, dark: true }],
  ["narrow-table", "?range=12mo&table=1&metric=bounce_rate&sources=channel", { width: 1000 }],
  ["phone", "", { width: 390 }],
]) {
  test(`the overview, ${name}`, async (t) => {
    const page = await open(browser, "", {
      ...options,
      height: 900,
      reducedMotion: "reduce",
      // The picture is taken with a style that hides the caret.
      allowed: [/inline style/],
    });
    await page.clock.setFixedTime(NOW);
    await page.goto(`${url}${SITE}${query}`);
    await page.waitForSelector(".row");
    await page.evaluate(() => document.fonts.ready);
    const box = await page.locator("main").boundingBox();
    const taken = await page.screenshot({ clip: { ...box, height: Math.min(box.height, 900) } });
    const file = join(PICTURES, `${name}.png`);
    if (process.env.UPDATE_GOLDEN) {
      await mkdir(PICTURES, { recursive: true });
      await writeFile(file, taken);
      await writeFile(VERSION, `${browser.version()}\n`);
    } else if ((await readFile(VERSION, "utf8")).trim() === browser.version()) {
      const blank = await browser.newPage();
      const share = await difference(blank, [await readFile(file), taken]);
      await blank.close();
      assert.ok(share <= SHARE, `${share.toFixed(3)} % of the pixels differ`);
    } else {
      t.skip(`the pictures are of another Chromium: UPDATE_GOLDEN=1 with a page that is as it should be`);
    }
    await close(page);
  });
}
