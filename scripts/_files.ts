/**
 * Lists the project's files; Node 20 has no `globSync`.
 * @module
 */
import { existsSync, readdirSync } from "node:fs";

/**
 * Files below `folders` whose path ends in `ending`, sorted, with `/` on every system.
 *
 * @param folders Folders relative to the current one; those that do not exist are passed over.
 */
export function listFiles(
  folders: readonly string[],
  ending: string,
): string[] {
  return folders.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
  ).filter((path) => path.endsWith(ending)).sort();
}
