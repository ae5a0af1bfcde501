/** The register on Node, which can have a serial reader. @module */
import { openNodeTerminal } from "../node/mod.ts";
import { connectSerial } from "../posix/serial_transport.ts";
import { runRegister } from "./program.ts";

await runRegister({
  open: openNodeTerminal,
  openSerial: async (path, baudRate) => {
    const { SerialPort } = await import("serialport");
    return await connectSerial(
      new SerialPort({ path, baudRate, autoOpen: false }),
    );
  },
});
