/**
 * A process that holds a store: `_second_process.ts PATH`.
 *
 * Prints `open` once it has it, or the error as JSON, and ends when its standard input does.
 * @module
 */
import process from "node:process";
import { openHere } from "./_posix_place.ts";

try {
  const database = await openHere(process.argv[2]);
  console.log("open");
  process.stdin.on("end", () => {
    database.close();
    process.exit(0);
  }).resume();
} catch (error) {
  const { code, details } = error as Record<string, unknown>;
  console.log(JSON.stringify({ code, details }));
  process.exit(0);
}
