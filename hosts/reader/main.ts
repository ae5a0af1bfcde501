/** The smart reader on Deno. @module */
import { openDenoTerminal } from "../deno/mod.ts";
import { runReader } from "./program.ts";

await runReader(openDenoTerminal);
