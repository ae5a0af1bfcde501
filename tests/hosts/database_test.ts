/** The database contract on a real file, with the runtime's own lock. @module */
import { testDatabase } from "../contract/database_contract.ts";
import { makePlace, RUNTIME } from "./_posix_place.ts";

testDatabase(RUNTIME, makePlace, {
  isDurable: true,
  isPersistent: true,
  isSettled: true,
  isThere: true,
});
