/** The salvage command on Node. @module */
import { lockFile } from "../node/lock.ts";
import { runSalvage } from "./program.ts";

await runSalvage(lockFile);
