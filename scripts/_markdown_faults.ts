/**
 * Judges Markdown pages: links that lead nowhere and decision records that share a number.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Heading → the anchor that forges make of it. */
function slug(heading: string): string {
  return heading.trim().toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

function withoutCode(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "``");
}

function anchorsOf(text: string): Set<string> {
  const fenced = text.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, "");
  const headings = [...fenced.matchAll(/^#{1,6}\s+(.+)$/gm)];
  return new Set(headings.map(([, heading]) => slug(heading)));
}

/** Relative links of one page that do not resolve; addresses of the web are not followed. */
export function linkFaults(path: string, text: string): string[] {
  const targets = [
    ...withoutCode(text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g),
  ].map(([, target]) => target);
  return targets.flatMap((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [file, anchor] = decodeURIComponent(target).split("#");
    const full = file === "" ? path : join(dirname(path), file);
    if (file !== "" && !existsSync(full)) {
      return [`${path} links to ${target}, which does not exist`];
    }
    if (!anchor || !full.endsWith(".md")) return [];
    const page = file === "" ? text : readFileSync(full, "utf8");
    return anchorsOf(page).has(anchor)
      ? []
      : [`${path} links to ${target}, which has no such heading`];
  });
}

/** Decision records that are misnamed or share a number. */
export function adrFaults(names: readonly string[]): string[] {
  const faults: string[] = [];
  const seen = new Map<string, string>();
  for (const name of [...names].sort()) {
    if (name === "README.md") continue;
    const number = name.match(/^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/)?.[1];
    if (number === undefined) {
      faults.push(`docs/adr/${name} is not named NNNN-title.md`);
    } else if (seen.has(number)) {
      faults.push(
        `docs/adr/${name} shares its number with ${seen.get(number)}`,
      );
    } else {
      seen.set(number, name);
    }
  }
  return faults;
}
