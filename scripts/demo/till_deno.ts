/** The demo's till on Deno. @module */
import { openDenoTerminal } from "../../hosts/deno/mod.ts";
import { runTill } from "./till.ts";

await runTill(openDenoTerminal);
