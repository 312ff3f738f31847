import { qr, qrPath } from "./qr";

/** As another program (ZXing) reads it: "HitKeep". */
const KNOWN = `
#######..#.##.#######
#.....#.##.#..#.....#
#.###.#.##..#.#.###.#
#.###.#..#.#..#.###.#
#.###.#.#...#.#.###.#
#.....#.#..##.#.....#
#######.#.#.#.#######
........#####........
##.#..##.##...###.##.
#.......#.....##.####
###.#.###.#.##...##.#
##.##..#.###...#.#.##
...#.##..#..#.#.##...
........#.##.........
#######.#....#.#####.
#.....#..#####......#
#.###.#..###..##..#.#
#.###.#.##.#...##.###
#.###.#...#.#..###..#
#.....#.##...##.#....
#######.#.###..###.#.
`;

const drawn = (modules: boolean[][]): string =>
  `\n${modules.map((row) => row.map((dark) => (dark ? "#" : ".")).join("")).join("\n")}\n`;

describe("a QR code", () => {
  it("is what readers know", () => {
    expect(drawn(qr("HitKeep")!)).toBe(KNOWN);
  });

  it("is as small as its text allows, up to the largest there is", () => {
    // The bytes that fit into versions 1, 2, 9, 10 and 40 of level L.
    for (const [bytes, version] of [
      [17, 1],
      [18, 2],
      [230, 9],
      [231, 10],
      [271, 10],
      [2953, 40],
    ] as const)
      expect(qr("A".repeat(bytes))?.length, String(bytes)).toBe(17 + 4 * version);
    expect(qr("A".repeat(2954))).toBeUndefined();
    expect(qr("é".repeat(9))?.length).toBe(25);
  });

  it("is drawn as one path, a square for each dark module", () => {
    expect(
      qrPath([
        [true, false],
        [false, true],
      ]),
    ).toBe("M0 0h1v1h-1zM1 1h1v1h-1z");
  });
});
