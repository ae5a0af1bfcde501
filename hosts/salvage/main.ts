/** The salvage command on Deno. @module */
import { lockFile } from "../deno/lock.ts";
import { runSalvage } from "./program.ts";

await runSalvage(lockFile);
