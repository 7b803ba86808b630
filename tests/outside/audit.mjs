// Runs the audits of the package graphql-http: node audit.mjs URL
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
const audits = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
console.log(JSON.stringify(audits));
