// The map of the world as paths: src/app/overview/world.generated.ts, made anew with each build from Natural Earth
// (public domain) as npm's world-atlas packs it, 1:50 million.
//
//   node scripts/world.mjs
//
// Borders are arcs that two countries share: they are simplified once, so that neighbours stay neighbours.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const SOURCE = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
const RESULT = new URL("../src/app/overview/world.generated.ts", import.meta.url);

/** Its width in units: a tenth of a pixel where the world is as wide as a panel. */
const WIDTH = 5600;
const [WEST, EAST, NORTH, SOUTH] = [-169, 190, 78.2, -55];
/** How far a border may be from where it is, in units: less where the map is looked at closely. */
const CLOSE = 1;
const FAR = 2.5;
const isClose = ([longitude, latitude]) => longitude > -12 && longitude < 34 && latitude > 35 && latitude < 66;
/** Islands and parts that are smaller, in square units, are left out; a country's largest part never is. */
const SMALLEST = 40;

const ANTARCTICA = "010";
const RUSSIA = "643";
const KOSOVO = "Kosovo";

/** Parts of the world: what is shown of each, as west, east, north, south; and whose they are by their middle. */
const PARTS = {
  europe: { view: [-11, 33, 62, 36], has: (x, y) => x > -30 && x < 40 && y > 36.5 },
  asia: {
    view: [28, 150, 56, -11],
    has: (x, y) => (x > 34.5 && y > 12.5 && !(x < 40 && y < 18)) || (x > 60 && x < 130),
  },
  africa: { view: [-20, 54, 38, -36], has: (x) => x > -30 && x < 60 },
  north_america: { view: [-168, -52, 72, 7], has: (x, y) => x < -30 && x > -140 && y > 7.5 },
  south_america: { view: [-92, -32, 14, -56], has: (x) => x < -30 && x > -95 },
  oceania: { view: [108, 182, 4, -49], has: () => true },
};

const topology = JSON.parse(await readFile(SOURCE, "utf8"));

/** The Natural Earth projection (T. Patterson), in radians. */
function projected(longitude, latitude) {
  const x = (longitude * Math.PI) / 180;
  const y = (latitude * Math.PI) / 180;
  const y2 = y * y;
  const y4 = y2 * y2;
  return [
    x * (0.8707 - 0.131979 * y2 + y4 * (-0.013791 + y4 * (0.003971 * y2 - 0.001529 * y4))),
    y * (1.007226 + y2 * (0.015085 + y4 * (-0.044475 + 0.028874 * y2 - 0.005916 * y4))),
  ];
}
const left = projected(WEST, 0)[0];
const top = projected(0, NORTH)[1];
const scale = WIDTH / (projected(EAST, 0)[0] - left);
const HEIGHT = Math.round((top - projected(0, SOUTH)[1]) * scale);
function placed([longitude, latitude]) {
  const [x, y] = projected(longitude, latitude);
  return [(x - left) * scale, (top - y) * scale];
}

function distance([x, y], [ax, ay], [bx, by]) {
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return Math.hypot(x - ax, y - ay);
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
}

/** Douglas and Peucker: without the points that lie close to the line between others. */
function simplified(points, tolerance) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)];
  let most = -1;
  let at = 0;
  for (let i = 1; i < points.length - 1; ++i) {
    const away = distance(points[i], first, last);
    if (away > most) [most, at] = [away, i];
  }
  if (most <= tolerance) return [first, last];
  return [...simplified(points.slice(0, at + 1), tolerance).slice(0, -1), ...simplified(points.slice(at), tolerance)];
}

const { scale: steps, translate } = topology.transform;
const arcs = topology.arcs.map((arc) => {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx) * steps[0] + translate[0], (y += dy) * steps[1] + translate[1]]);
});
/** What lies beyond the last meridian belongs to its right, as it does in the country. */
const turned = (points) => points.map(([longitude, latitude]) => [longitude + (longitude < 0 ? 360 : 0), latitude]);
const lines = new Map();
function line(number, turn) {
  const index = number < 0 ? ~number : number;
  const key = `${index} ${turn}`;
  if (!lines.has(key)) {
    const points = turn ? turned(arcs[index]) : arcs[index];
    const tolerance = points.some(isClose) ? CLOSE : FAR;
    lines.set(
      key,
      simplified(points.map(placed), tolerance).map((point) => point.map(Math.round)),
    );
  }
  return number < 0 ? lines.get(key).toReversed() : lines.get(key);
}
const ring = (numbers, turn) => numbers.flatMap((number, i) => line(number, turn).slice(i ? 1 : 0));

const area = (points) =>
  Math.abs(
    points.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length];
      return sum + x * nextY - nextX * y;
    }, 0),
  ) / 2;

function path(points) {
  let [x, y] = points[0];
  let out = `M${x} ${y}l`;
  const moves = points.slice(1, -1).flatMap(([nextX, nextY]) => {
    const move = `${nextX - x} ${nextY - y}`;
    if (nextX === x && nextY === y) return [];
    [x, y] = [nextX, nextY];
    return [move];
  });
  out += moves.join(" ").replace(/ -/g, "-");
  return `${out}z`;
}

/** The middle of a country's largest part, in degrees. */
function middle(numbers, turn) {
  const points = numbers.flatMap((number) => {
    const points = arcs[number < 0 ? ~number : number];
    return turn ? turned(points) : points;
  });
  const mean = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  return [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
}

const names = Object.keys(PARTS);
const countries = {};
let rest = "";
for (const country of topology.objects.countries.geometries) {
  if (country.id === ANTARCTICA) continue;
  const polygons = country.type === "Polygon" ? [country.arcs] : (country.arcs ?? []);
  const turn = country.id === RUSSIA;
  const rings = polygons
    .map(([outer]) => ({ outer, points: ring(outer, turn) }))
    .map((one) => ({ ...one, area: area(one.points) }))
    .filter(
      ({ points }) => points.length > 3 && points.every(([x, y]) => x >= -50 && x <= WIDTH + 50 && y <= HEIGHT + 50),
    )
    .sort((a, b) => b.area - a.area);
  if (!rings.length) continue;
  const drawn = rings.filter((one, i) => i === 0 || one.area >= SMALLEST);
  const shape = drawn.map(({ points }) => path(points)).join("");
  // Of numbers that a region may have as its name, ICU knows which letters it has.
  const code = country.properties.name === KOSOVO ? "XK" : country.id && new Intl.Locale(`und-${country.id}`).region;
  if (!/^[A-Z]{2}$/.test(code ?? "")) {
    rest += shape;
    continue;
  }
  const [x, y] = turn ? [38, 56] : middle(rings[0].outer, turn);
  const known = countries[code];
  countries[code] = [names.findIndex((name) => PARTS[name].has(x, y)), (known?.[1] ?? "") + shape];
}

/** The frame that holds what lies between these meridians and parallels. */
function frame([west, east, north, south]) {
  const corners = [west, (west + east) / 2, east].flatMap((x) =>
    [north, (north + south) / 2, south].map((y) => placed([x, y])),
  );
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y].map(Math.round).join(" ");
}

const json = (value) => JSON.stringify(value);
await writeFile(
  fileURLToPath(RESULT),
  `// Made by scripts/world.mjs with each build.

/** The frame of the whole map. */
export const WORLD = ${json(`0 0 ${WIDTH} ${HEIGHT}`)};
/** Frames of the parts of the world. */
export const PARTS: readonly string[] = ${json(names.map((name) => frame(PARTS[name].view)))};
/** By the code of a country the part of the world in which it lies, and its shape. */
export const COUNTRIES: Readonly<Record<string, readonly [number, string]>> = ${json(countries)};
/** What no country's code stands for. */
export const REST = ${json(rest)};
`,
);
