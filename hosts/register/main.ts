/** The register on Deno. @module */
import { openDenoTerminal } from "../deno/mod.ts";
import { runRegister } from "./program.ts";

// `serialport` opens ports on Deno and cannot read them; see docs/adr/0010.
await runRegister({ open: openDenoTerminal, openSerial: null });
