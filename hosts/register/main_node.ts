/** The register on Node, which can have a serial reader. @module */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openNodeDatabase, openNodeTerminal } from "../node/mod.ts";
import { connectSerial } from "../posix/serial_transport.ts";
import type { OpenSerial } from "./reader_address.ts";
import { runRegister } from "./program.ts";

/** Beside this file, or below the project where this file was bundled elsewhere. */
function webSources(): string {
  const beside = fileURLToPath(new URL("./web/", import.meta.url));
  return existsSync(beside) ? beside : "hosts/register/web";
}

/** Null where the package is not installed: only shops with a cable need it. */
function serialOpener(): OpenSerial {
  try {
    createRequire(import.meta.url).resolve("serialport");
  } catch {
    return null;
  }
  return async (path, baudRate) => {
    const { SerialPort } = await import("serialport");
    return await connectSerial(
      new SerialPort({ path, baudRate, autoOpen: false }),
    );
  };
}

await runRegister({
  open: openNodeTerminal,
  openDatabase: openNodeDatabase,
  webSources: webSources(),
  openSerial: serialOpener(),
});
