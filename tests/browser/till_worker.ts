/** The Worker of the browser tests, as an app would write it. @module */
import { serveTerminal } from "../../hosts/browser/worker.ts";

serveTerminal();
