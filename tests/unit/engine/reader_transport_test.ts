import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import { testByteTransport } from "../../contract/byte_transport_contract.ts";

testByteTransport(
  "createInProcessPair()",
  () => Promise.resolve(createInProcessPair()),
);
