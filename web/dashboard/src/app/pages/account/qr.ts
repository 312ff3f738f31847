// QR codes (ISO/IEC 18004): texts as bytes, level L, as small as they can be. Screens are neither dirty nor torn.

/** By version, from 1: error correction codewords of a block, and blocks. */
const ECC = [
  7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
  30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
const BLOCKS = [
  1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19,
  20, 21, 22, 24, 25,
];

/** What is there: all indices here are inside. */
function at<T>(list: readonly T[], index: number): T {
  const one = list[index];
  if (one === undefined) throw new RangeError(String(index));
  return one;
}

/** Whether a module is turned around, by mask. */
const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Codewords of a version, those of error correction included. */
function codewords(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const align = Math.floor(version / 7) + 2;
    modules -= (25 * align - 10) * align - 55;
  }
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

/** In the field of 256 elements. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** Reed-Solomon. */
function correction(data: readonly number[], length: number): number[] {
  const divisor = Array<number>(length).fill(0);
  divisor[length - 1] = 1;
  let root = 1;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) divisor[j] = multiply(at(divisor, j), root) ^ (divisor[j + 1] ?? 0);
    root = multiply(root, 2);
  }
  const rest = Array<number>(length).fill(0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let j = 0; j < length; j++) rest[j] = at(rest, j) ^ multiply(at(divisor, j), factor);
  }
  return rest;
}

/** The text and its padding, then what corrects errors, the blocks one into the other. */
function content(bytes: Uint8Array, version: number): number[] {
  const all = codewords(version);
  const blocks = at(BLOCKS, version - 1);
  const ecc = at(ECC, version - 1);
  const bits: number[] = [];
  const add = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  add(4, 4);
  add(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) add(byte, 8);
  const room = (all - blocks * ecc) * 8;
  add(0, Math.min(4, room - bits.length));
  add(0, -bits.length & 7);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) add(pad, 8);
  const data = Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => (byte << 1) | bit),
  );

  const short = Math.floor(all / blocks) - ecc;
  const longer = blocks - (all % blocks);
  const parts: number[][] = [];
  for (let i = 0, begin = 0; i < blocks; i++) {
    const end = begin + short + (i < longer ? 0 : 1);
    parts.push(data.slice(begin, end));
    begin = end;
  }
  const corrections = parts.map((part) => correction(part, ecc));
  const woven: number[] = [];
  for (let i = 0; i <= short; i++) for (const part of parts) if (i < part.length) woven.push(at(part, i));
  for (let i = 0; i < ecc; i++) for (const part of corrections) woven.push(at(part, i));
  return woven;
}

class Grid {
  readonly dark: boolean[][];
  /** What no mask touches. */
  readonly fixed: boolean[][];

  constructor(readonly size: number) {
    this.dark = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
    this.fixed = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  }

  set(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    at(this.dark, y)[x] = dark;
    at(this.fixed, y)[x] = true;
  }

  /** Squares inside each other around a middle. */
  square(x: number, y: number, reach: number, light: readonly number[]): void {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++)
        this.set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

function patterns(grid: Grid, version: number): void {
  const last = grid.size - 1;
  for (let i = 0; i <= last; i++) {
    grid.set(6, i, i % 2 === 0);
    grid.set(i, 6, i % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [last - 3, 3],
    [3, last - 3],
  ] as const)
    grid.square(x, y, 4, [2, 4]);
  if (version >= 2) {
    const count = Math.floor(version / 7) + 2;
    const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
    const places = [6, ...Array.from({ length: count - 1 }, (_, i) => last - 6 - step * (count - 2 - i))];
    places.forEach((y, j) => {
      places.forEach((x, i) => {
        const corner = (i === 0 && (j === 0 || j === count - 1)) || (i === count - 1 && j === 0);
        if (!corner) grid.square(x, y, 2, [1]);
      });
    });
  }
  if (version >= 7) {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >>> i) & 1) === 1;
      grid.set(last - 10 + (i % 3), Math.floor(i / 3), dark);
      grid.set(Math.floor(i / 3), last - 10 + (i % 3), dark);
    }
  }
}

/** Says level and mask, twice. */
function format(grid: Grid, mask: number): void {
  const data = (1 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const dark = (i: number) => ((bits >>> i) & 1) === 1;
  const last = grid.size - 1;
  for (let i = 0; i < 15; i++) {
    grid.set(i < 8 ? 8 : i === 8 ? 7 : 14 - i, i < 6 ? i : i < 8 ? i + 1 : 8, dark(i));
    grid.set(i < 8 ? last - i : 8, i < 8 ? 8 : last - 14 + i, dark(i));
  }
  grid.set(8, last - 7, true);
}

/** In columns of two, up and down, from the right. */
function fill(grid: Grid, bytes: readonly number[], mask: number): void {
  let next = 0;
  for (let right = grid.size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let i = 0; i < grid.size; i++)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? grid.size - 1 - i : i;
        if (at(grid.fixed, y)[x]) continue;
        const bit = ((bytes[next >> 3] ?? 0) >> (7 - (next & 7))) & 1;
        at(grid.dark, y)[x] = (bit === 1) !== at(MASKS, mask)(x, y);
        next++;
      }
  }
}

/** How hard it is to read: runs, blocks, what looks like a corner, and an odd share of dark. */
function penalty({ dark, size }: Grid): number {
  let sum = 0;
  const lines = [...dark, ...Array.from({ length: size }, (_, x) => dark.map((row) => at(row, x)))].map((line) =>
    line.map((on) => (on ? "1" : "0")).join(""),
  );
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    sum += 40 * (line.match(/(?=00001011101|10111010000)/g) ?? []).length;
  }
  for (let y = 1; y < size; y++)
    for (let x = 1; x < size; x++) {
      const [above, row] = [at(dark, y - 1), at(dark, y)];
      const one = row[x];
      if (one === row[x - 1] && one === above[x] && one === above[x - 1]) sum += 3;
    }
  const share = dark.flat().filter(Boolean).length / (size * size);
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}

/** The modules of a code, row by row, dark ones true; undefined for a text that is too long for any. */
export function qr(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text);
  const needed = (version: number) => Math.ceil((4 + (version < 10 ? 8 : 16)) / 8 + bytes.length);
  const version = ECC.findIndex((ecc, i) => needed(i + 1) <= codewords(i + 1) - ecc * at(BLOCKS, i)) + 1;
  if (version === 0) return undefined;
  const words = content(bytes, version);
  const grids = MASKS.map((_, mask) => {
    const grid = new Grid(17 + 4 * version);
    patterns(grid, version);
    format(grid, mask);
    fill(grid, words, mask);
    return grid;
  });
  return grids.reduce((best, grid) => (penalty(grid) < penalty(best) ? grid : best)).dark;
}

/** Its dark modules as the path of a picture of `modules.length` units. */
export const qrPath = (modules: boolean[][]): string =>
  modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : []))).join("");
