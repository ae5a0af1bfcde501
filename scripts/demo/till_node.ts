/** The demo's till on Node. @module */
import { openNodeTerminal } from "../../hosts/node/mod.ts";
import { runTill } from "./till.ts";

await runTill(openNodeTerminal);
