// Lists the breaking changes between two SDL files with graphql-inspector: node compare.mjs BEFORE AFTER
import { readFileSync } from "node:fs";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [before, after] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, "utf8")));
const changes = await diff(before, after);
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
console.log(JSON.stringify({ changes: changes.length, breaking: breaking.map(({ type, path, message }) => ({ type, path, message })) }));
