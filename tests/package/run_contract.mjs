// Runs the gateway contract of the installed package over a gateway of one's own. Under a test
// runner it is one line a check: `for (const { name, run } of checks) test(name, run);`
import process from "node:process";
import { gatewayChecks } from "@holdfast/holdfast/testing";
import { openPlace } from "./own_gateway.mjs";

const failures = [];
const checks = gatewayChecks(openPlace, { hasOffers: false });
for (const { name, run } of checks) {
  await run().catch((error) => failures.push(`${name}: ${error.message}`));
}
console.log(JSON.stringify({ checks: checks.length, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;
