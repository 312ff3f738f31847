// The types of the server's API, from its description (docs/openapi.json): src/app/core/api.generated.ts.
//
//   node scripts/api-types.mjs           writes it; `npm run api -w dashboard`
//
// A test (e2e/api.test.mjs) says when it is out of date.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const DESCRIPTION = new URL("../../../docs/openapi.json", import.meta.url);
export const TYPES = new URL("../src/app/core/api.generated.ts", import.meta.url);

/** Of these the names are there as a list, too, for what shows all of them. */
const LISTED = { Dimension: "DIMENSIONS" };

const nameOf = (ref) => ref.split("/").at(-1);
const quoted = (texts) => texts.map((text) => JSON.stringify(text)).join(" | ");

/** The type of one schema. */
function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return quoted(schema.enum);
  switch (schema.type) {
    case "array":
      return `${elementOf(schema.items)}[]`;
    case "object":
      if (schema.properties) return `{${fieldsOf(schema, " ", "")} }`;
      return `Record<string, ${schema.additionalProperties ? typeOf(schema.additionalProperties) : "unknown"}>`;
    case "integer":
    case "number":
      return "number";
    case "boolean":
    case "null":
      return schema.type;
    case "string":
      return textOf(schema.pattern);
    default:
      return "unknown";
  }
}

/** "^property:." is what begins so, and goes on. */
function textOf(pattern) {
  const [, start] = /^\^([\w:]+)\.$/.exec(pattern ?? "") ?? [];
  return start ? `\`${start}\${string}\`` : "string";
}

function elementOf(schema) {
  const type = typeOf(schema ?? {});
  return type.includes(" ") ? `(${type})` : type;
}

/** The fields of an object, as they stand between its braces. */
function fieldsOf(schema, start, end) {
  const required = new Set(schema.required);
  return Object.entries(schema.properties)
    .map(
      ([field, type]) =>
        `${start}${field}${required.has(field) ? "" : "?"}: ${typeOf(type)}${required.has(field) ? "" : " | undefined"};${end}`,
    )
    .join("");
}

/** The names of a schema, and what else it may be. */
function listOf(name, constant, [{ enum: names }, ...others]) {
  const list = `export const ${constant} = [\n${names.map((one) => `  ${JSON.stringify(one)},\n`).join("")}] as const;\n`;
  return `${list}export type ${name} = ${[`(typeof ${constant})[number]`, ...others.map(typeOf)].join(" | ")};\n`;
}

function declarationOf(name, schema) {
  if (LISTED[name]) return listOf(name, LISTED[name], schema.anyOf);
  if (!schema.properties) return `export type ${name} = ${typeOf(schema)};\n`;
  return `export interface ${name} {\n${fieldsOf(schema, "  ", "\n")}}\n`;
}

/** The whole file. */
export function typesOf(description) {
  const declarations = Object.entries(description.components.schemas).map(([name, schema]) =>
    declarationOf(name, schema),
  );
  return `// Made from docs/openapi.json by scripts/api-types.mjs: do not edit.\n\n${declarations.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(TYPES, typesOf(JSON.parse(await readFile(DESCRIPTION, "utf8"))));
