/** The register on Deno. @module */
import { fileURLToPath } from "node:url";
import { openDenoDatabase, openDenoTerminal } from "../deno/mod.ts";
import { runRegister } from "./program.ts";

// `serialport` opens ports on Deno and cannot read them; see docs/adr/0010.
await runRegister({
  open: openDenoTerminal,
  openDatabase: openDenoDatabase,
  openSerial: null,
  webSources: fileURLToPath(new URL("./web/", import.meta.url)),
});
