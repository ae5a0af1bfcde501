/** The engine's Worker of the register page. @module */
import { serveTerminal } from "../../browser/worker.ts";

serveTerminal();
