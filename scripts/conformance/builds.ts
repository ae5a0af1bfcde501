/**
 * The builds of the core that the conformance adapter can run.
 *
 * Owns: how each is loaded. What a loader returns makes fresh operations each time it is called.
 * @module
 */
import type { Operations } from "./answer.ts";
import { componentApi, moduleApi } from "./core_builds.ts";
import { operationsOf } from "./operations.ts";

async function loadModule(): Promise<() => Operations> {
  const api = await moduleApi();
  return () => operationsOf(api());
}

async function loadComponent(): Promise<() => Operations> {
  // The compiler only where it is needed: it takes longer to load than the module to start.
  const { compileComponentCore } = await import("../component/compile.ts");
  const api = componentApi(await compileComponentCore());
  return () => operationsOf(api());
}

/** Build name → its loader. */
export const BUILDS: Readonly<Record<string, () => Promise<() => Operations>>> =
  {
    module: loadModule,
    component: loadComponent,
  };
