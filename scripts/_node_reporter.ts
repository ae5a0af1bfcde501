/**
 * A `node:test` reporter that writes one JSON object per finished test.
 *
 * Node's own JUnit reporter does not say which case is a suite, and its summary counts parents
 * together with leaves, so the figures could not be added to Deno's.
 * @module
 */
import type { TestEvent } from "./_test_reports.ts";

interface SourceEvent {
  type: string;
  data: {
    name?: string;
    nesting?: number;
    skip?: unknown;
    todo?: unknown;
    message?: string;
    details?: {
      type?: string;
      error?: {
        failureType?: string;
        message?: string;
        cause?: { stack?: string };
      };
    };
  };
}

function convert({ type, data }: SourceEvent): TestEvent | null {
  if (type === "test:diagnostic") {
    const isSummary = /^tests \d+$/.test(data.message ?? "");
    return isSummary ? { kind: "end" } : null;
  }
  if (type !== "test:pass" && type !== "test:fail") return null;
  const error = data.details?.error;
  return {
    kind: type === "test:pass" ? "pass" : "fail",
    name: data.name ?? "",
    nesting: data.nesting ?? 0,
    isSuite: data.details?.type === "suite",
    isSkipped: Boolean(data.skip) || Boolean(data.todo),
    isFiltered: data.skip === "test name does not match pattern",
    isOwnFailure: error?.failureType !== "subtestsFailed",
    message: error?.cause?.stack ?? error?.message ?? "",
  };
}

/** Called by Node with the stream of events. */
export default async function* report(
  source: AsyncIterable<SourceEvent>,
): AsyncGenerator<string> {
  for await (const event of source) {
    const converted = convert(event);
    if (converted) yield JSON.stringify(converted) + "\n";
  }
}
