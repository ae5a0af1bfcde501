/**
 * Turns what Deno and Node report about one test file into the same figures.
 *
 * Owns: what counts. A leaf test counts once; a parent counts only when it failed by itself; a
 * skipped or cancelled test is a failure, because a green run with skipped tests says nothing.
 * @module
 */

/** Name of the test that `_test_entry.ts` adds; counted only when it fails. */
export const GUARD = "the file loads and leaves no late error";

/** A test that did not pass. */
export interface Failure {
  /** Names from the outermost suite, joined by ` › `. */
  name: string;
  /** Message and stack. */
  message: string;
}

/** The figures of one file under one runtime. */
export interface FileReport {
  /** Leaf tests that passed. */
  passed: number;
  /** Everything that did not; its length is the count. */
  failures: Failure[];
  /** True when the runner came to its own end. */
  isComplete: boolean;
}

/** One line of `_node_reporter.ts`. */
export type TestEvent = { kind: "end" } | {
  kind: "pass" | "fail";
  name: string;
  nesting: number;
  isSuite: boolean;
  isSkipped: boolean;
  isFiltered: boolean;
  isOwnFailure: boolean;
  message: string;
};

const SKIPPED = "skipped or to do; make it run or delete it";

/** Reads the lines of `_node_reporter.ts`; children come before their parent. */
export function readNodeEvents(text: string): FileReport {
  const report: FileReport = { passed: 0, failures: [], isComplete: false };
  const childCount: number[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const event = JSON.parse(line) as TestEvent;
    if (event.kind === "end") {
      report.isComplete = true;
      continue;
    }
    const hasChildren = (childCount[event.nesting + 1] ?? 0) > 0;
    childCount[event.nesting + 1] = 0;
    childCount[event.nesting] = (childCount[event.nesting] ?? 0) + 1;
    if (event.isFiltered) continue;
    if (event.isSkipped) {
      report.failures.push({ name: event.name, message: SKIPPED });
    } else if (event.kind === "fail") {
      if (!event.isOwnFailure) continue;
      report.failures.push({ name: event.name, message: event.message });
    } else if (!event.isSuite && !hasChildren) {
      report.passed += 1;
    }
  }
  return report;
}

/** Reads the file that `deno test --junit-path` writes. */
export function readJunit(xml: string): FileReport {
  const cases = [...xml.matchAll(
    /<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )].map(([, name, body]) => ({ name: decode(name), body: body ?? "" }));
  const parents = new Set<string>();
  for (const { name } of cases) {
    const parts = name.split(" > ");
    for (let i = 1; i < parts.length; i++) {
      parents.add(parts.slice(0, i).join(" > "));
    }
  }
  const report: FileReport = {
    passed: 0,
    failures: [],
    isComplete: xml.includes("</testsuites>"),
  };
  for (const { name, body } of cases) {
    const path = name.replaceAll(" > ", " › ");
    const failure = body.match(/<failure message="([^"]*)">([\s\S]*?)<\/fail/);
    if (failure) {
      if (/^\d+ test steps? failed$/.test(decode(failure[1]))) continue;
      report.failures.push({ name: path, message: decode(failure[2]) });
    } else if (/<error\b/.test(body)) {
      const message = "cancelled: the process ended inside this test";
      report.failures.push({ name: path, message });
    } else if (/<skipped\b/.test(body)) {
      report.failures.push({ name: path, message: SKIPPED });
    } else if (name !== GUARD && !parents.has(name)) {
      report.passed += 1;
    }
  }
  return report;
}

function decode(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&apos;", "'")
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
