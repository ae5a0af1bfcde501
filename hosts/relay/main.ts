/** The relay on Deno. @module */
import { openDenoDatabase } from "../deno/store.ts";
import { runRelay } from "./program.ts";

await runRelay(openDenoDatabase);
