/** Names that visitors and pages chose, so that they show as what they are. */

/** What nobody sees, or what turns the direction of the text around it: the server's `text_is_plain` has the same. */
const HIDDEN = new RegExp(
  String.raw`[\p{Cc}\xAD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB]` +
    String.raw`|\u034F|\u17B4|\u17B5|[\u{1D173}-\u{1D17A}]|[\u{E0000}-\u{E0FFF}]`,
  "gu",
);

/** Hidden characters by their number: "user[U+202E]gpj.exe". */
export function visible(text: string): string {
  return text.replace(HIDDEN, (c) => `[U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`);
}

/** A name inside a sentence: whatever its direction, what stands around it keeps its place. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Of the first and the last word: "Hanna Krüger" is HK. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word = "") => Array.from(word)[0]?.toLocaleUpperCase() ?? "").join("");
}

/** RFC 3492, 6.2; undefined where it is none. */
function unpunycode(text: string): string | undefined {
  const dash = text.lastIndexOf("-");
  const out = Array.from(text.slice(0, Math.max(dash, 0)), (c) => c.charCodeAt(0));
  let n = 0x80;
  let i = 0;
  let bias = 72;
  for (let at = dash + 1; at < text.length;) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(text.charAt(at++) || "?");
      if (digit < 0) return undefined;
      i += digit * weight;
      const t = Math.min(Math.max(k - bias, 1), 26);
      if (digit < t) break;
      weight *= 36 - t;
    }
    const points = out.length + 1;
    let delta = before === 0 ? Math.floor((i - before) / 700) : (i - before) >> 1;
    delta += Math.floor(delta / points);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / points);
    i %= points;
    if (n > 0x10ffff) return undefined;
    out.splice(i++, 0, n);
  }
  return String.fromCodePoint(...out);
}

/** Scripts that one word mixes: each alone, and what Japanese, Chinese and Korean write together. */
const TOGETHER = [
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]+$/u,
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Bopomofo}]+$/u,
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Hangul}]+$/u,
  ...["Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati"].map(only),
  ...["Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu"].map(only),
  only("Thai"),
];
function only(script: string): RegExp {
  return new RegExp(`^\\p{scx=${script}}+$`, "u");
}
/** Cyrillic and Greek letters that look like Latin ones. */
const LIKE_LATIN = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡνορατκικυυρχ\d-]+$/u;

/** Whether a reader can tell a label from every other: as browsers do it, roughly. */
function unmistakable(label: string, top: string): boolean {
  const letters = label.replace(/[\p{Nd}\p{Script=Inherited}-]/gu, "");
  if (!TOGETHER.some((scripts) => scripts.test(letters))) return false;
  return !LIKE_LATIN.test(label) || !/^[a-z]+$/.test(top);
}

/** A host as people write it: "xn--blbr-roah.example" is "blåbær.example". What could be mistaken for another stays in
 * ASCII, and so does what no browser would make of the name. */
export function hostText(host: string): string {
  if (!host.includes("xn--")) return host;
  const labels = host.split(".");
  const top = labels.at(-1) ?? "";
  return labels
    .map((label) => {
      if (!label.startsWith("xn--")) return label;
      const name = unpunycode(label.slice(4));
      if (!name || !unmistakable(name, top)) return label;
      try {
        return new URL(`http://${name}.example`).hostname === `${label}.example` ? name : label;
      } catch {
        return label;
      }
    })
    .join(".");
}

/** A referrer: host and path. */
export function addressText(address: string): string {
  const slash = address.indexOf("/");
  return slash < 0 ? hostText(address) : hostText(address.slice(0, slash)) + address.slice(slash);
}
