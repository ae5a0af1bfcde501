/** The register on Node, which can have a serial reader. @module */
import { openNodeDatabase, openNodeTerminal } from "../node/mod.ts";
import { connectSerial } from "../posix/serial_transport.ts";
import { runRegister } from "./program.ts";

await runRegister({
  open: openNodeTerminal,
  openDatabase: openNodeDatabase,
  // A bundle is somewhere else than its sources; both are below the project.
  webSources: "hosts/register/web",
  openSerial: async (path, baudRate) => {
    const { SerialPort } = await import("serialport");
    return await connectSerial(
      new SerialPort({ path, baudRate, autoOpen: false }),
    );
  },
});
