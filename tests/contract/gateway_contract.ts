/**
 * The gateway contract under `node:test`.
 * @module
 */
import test from "node:test";
import { gatewayChecks } from "../../engine/testing/gateway_checks.ts";
import type { GatewayPlace } from "../../engine/testing/gateway_place.ts";

/** Registers the contract under `label`; `makePlace` makes a fresh far side. */
export function testGateway(
  label: string,
  makePlace: () => Promise<GatewayPlace>,
): void {
  for (const { name, run } of gatewayChecks(makePlace)) {
    test(`${label}: ${name}`, run);
  }
}
