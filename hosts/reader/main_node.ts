/** The smart reader on Node. @module */
import { openNodeTerminal } from "../node/mod.ts";
import { runReader } from "./program.ts";

await runReader(openNodeTerminal);
