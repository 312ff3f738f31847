// Holds values against the schemas of docs/openapi.json, by the words that they use.

const KINDS = {
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
};

/** The node that a reference leads to. */
export function resolve(description, node) {
  while (node.$ref)
    node = node.$ref
      .slice(2)
      .split("/")
      .reduce((at, part) => at[part], description);
  return node;
}

/** What is wrong with a value; nothing is an empty list. */
export function complaints(description, schema, value, where = "answer") {
  schema = resolve(description, schema);
  if (schema.anyOf) {
    const tries = schema.anyOf.map((one) => complaints(description, one, value, where));
    return tries.some((wrong) => !wrong.length) ? [] : tries[0];
  }
  if (schema.type && !KINDS[schema.type](value)) return [`${where} is ${JSON.stringify(value)}, not ${schema.type}`];
  if (schema.enum && !schema.enum.includes(value))
    return [`${where} is ${JSON.stringify(value)}, not one of ${schema.enum}`];
  if (schema.pattern && !new RegExp(schema.pattern, "u").test(value))
    return [`${where} is ${JSON.stringify(value)}, not like ${schema.pattern}`];
  if (schema.type === "array")
    return value.flatMap((item, i) =>
      schema.items ? complaints(description, schema.items, item, `${where}.${i}`) : [],
    );
  if (schema.type !== "object") return [];
  const known = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${where} lacks ${name}`);
  return Object.entries(value).reduce((wrong, [name, item]) => {
    const one = known[name] ?? (schema.additionalProperties || undefined);
    if (one) return [...wrong, ...complaints(description, one, item, `${where}.${name}`)];
    return [...wrong, `${where}.${name} is not described`];
  }, missing);
}
