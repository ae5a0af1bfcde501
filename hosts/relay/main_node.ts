/** The relay on Node. @module */
import { openNodeDatabase } from "../node/store.ts";
import { runRelay } from "./program.ts";

await runRelay(openNodeDatabase);
