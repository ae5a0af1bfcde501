/** x @module */
import type { Desk } from "../desk.ts";
export async function runScreen(desk: Desk): Promise<number> {
  await desk.close();
  return 0;
}
