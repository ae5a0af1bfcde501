/**
 * Many worlds, and the smallest one that shows a fault.
 *
 * Owns: counting, shrinking and how a world is replayed.
 * @module
 */
import { type Bug, BUGS } from "./bugs.ts";
import type { Violation, ViolationKind } from "./checker.ts";
import { type Coverage, CoverageCounter, sumOf } from "./coverage.ts";
import { planWorld, type WorldEvent } from "./plan.ts";
import { withLightAborts } from "./light_abort.ts";
import { playWorld, World } from "./world.ts";

/** What to simulate. */
export interface SimulateOptions {
  /** Number of worlds. */
  worlds: number;
  /** First seed; world i has seed + i. */
  seed: number;
  /** A name in {@link BUGS}. @default none */
  bug?: string;
  /** Ends at the first failure. @default false */
  stopsEarly?: boolean;
  /** Called after every thousandth world. @default nothing */
  onProgress?: (report: SimulationReport) => void;
}

/** A world that broke a promise. */
export interface FailedWorld {
  seed: number;
  violations: readonly Violation[];
}

/** What came of it. */
export interface SimulationReport {
  worlds: number;
  payments: number;
  attempts: number;
  requests: number;
  /** Payments charged more than once. */
  duplicated: number;
  /** Payments whose money is missing, or was taken without our knowing. */
  lost: number;
  /** Findings by kind. */
  findings: Partial<Record<ViolationKind, number>>;
  /** The first worlds that broke a promise; with a bug, the promise that it must break. */
  failures: FailedWorld[];
  /** How many worlds saw each kind of trouble. */
  coverage: Coverage;
}

const FAILURES_KEPT = 5;
const LOSSES: readonly ViolationKind[] = [
  "lost",
  "charged_unknowingly",
  "uncharged",
  "stuck",
];

/** Plays worlds; see {@link SimulateOptions}. */
export function simulate(options: SimulateOptions): Promise<SimulationReport> {
  return withLightAborts(() => playMany(options));
}

async function playMany(options: SimulateOptions): Promise<SimulationReport> {
  const bug = bugOf(options.bug);
  const report: SimulationReport = {
    worlds: 0,
    payments: 0,
    attempts: 0,
    requests: 0,
    duplicated: 0,
    lost: 0,
    findings: {},
    failures: [],
    coverage: new CoverageCounter().counts,
  };
  const coverage = new CoverageCounter();
  const stage = new World(coverage, bug?.mutate);
  for (let i = 0; i < options.worlds; i++) {
    const seed = options.seed + i;
    const world = await stage.play(planWorld(seed));
    report.worlds++;
    report.payments += world.payments;
    report.attempts += world.attempts;
    report.requests += world.requests;
    count(report, seed, world.violations, bug);
    if (report.worlds % 1000 === 0) options.onProgress?.(report);
    if (options.stopsEarly && report.failures.length > 0) break;
  }
  report.coverage = coverage.counts;
  return report;
}

/** Adds up what two simulations of different seeds came to; the lowest seeds' failures stay. */
export function addReports(
  one: SimulationReport,
  two: SimulationReport,
): SimulationReport {
  const findings = { ...one.findings };
  for (const kind of Object.keys(two.findings) as ViolationKind[]) {
    findings[kind] = (findings[kind] ?? 0) + two.findings[kind]!;
  }
  return {
    worlds: one.worlds + two.worlds,
    payments: one.payments + two.payments,
    attempts: one.attempts + two.attempts,
    requests: one.requests + two.requests,
    duplicated: one.duplicated + two.duplicated,
    lost: one.lost + two.lost,
    findings,
    failures: [...one.failures, ...two.failures]
      .sort((a, b) => a.seed - b.seed).slice(0, FAILURES_KEPT),
    coverage: sumOf(one.coverage, two.coverage),
  };
}

function count(
  report: SimulationReport,
  seed: number,
  violations: readonly Violation[],
  bug: Bug | null,
): void {
  if (violations.length === 0) return;
  for (const { kind } of violations) {
    report.findings[kind] = (report.findings[kind] ?? 0) + 1;
    if (kind === "duplicated") report.duplicated++;
    if (LOSSES.includes(kind)) report.lost++;
  }
  const isFailure = bug === null ||
    violations.some(({ kind }) => kind === bug.shows);
  if (isFailure && report.failures.length < FAILURES_KEPT) {
    report.failures.push({ seed, violations });
  }
}

/** A world reduced to what it needs to show one kind of violation. */
export interface ShrunkWorld {
  kind: ViolationKind;
  detail: string;
  events: WorldEvent[];
}

/**
 * Takes events away from the world of `seed` as long as it still shows `kind`: halves first, then
 * quarters, down to single events (delta debugging), until no single event can go.
 */
export async function shrink(
  seed: number,
  kind: ViolationKind,
  bugName?: string,
): Promise<ShrunkWorld> {
  const bug = bugOf(bugName);
  let events = planWorld(seed);
  let detail = await show(events, kind, bug);
  if (detail === null) throw new Error(`seed ${seed} does not show ${kind}`);
  for (let length = events.length >> 1; length >= 1;) {
    let isShorter = false;
    for (let at = 0; at < events.length;) {
      const fewer = events.toSpliced(at, length);
      const found = await show(fewer, kind, bug);
      if (found === null) at += length;
      else {
        events = fewer;
        detail = found;
        isShorter = true;
      }
    }
    if (length > 1) length >>= 1;
    else if (!isShorter) break;
  }
  return { kind, detail, events };
}

async function show(
  events: readonly WorldEvent[],
  kind: ViolationKind,
  bug: Bug | null,
): Promise<string | null> {
  const { violations } = await playWorld(events, bug?.mutate);
  return violations.find((found) => found.kind === kind)?.detail ?? null;
}

/** One line per event, for a person. */
export function tell(events: readonly WorldEvent[]): string[] {
  return events.map((event, i) => {
    const { kind, ...rest } = event;
    const facts = Object.entries(rest).map(([name, value]) =>
      `${name}=${value}`
    );
    return `${String(i + 1).padStart(3)}  ${kind.padEnd(9)} ${facts.join(" ")}`;
  });
}

/** The command that plays one world again. */
export function replayCommand(seed: number, bug?: string): string {
  return `deno task sim --worlds 1 --seed ${seed}${bug ? ` --bug ${bug}` : ""}`;
}

function bugOf(name: string | undefined): Bug | null {
  if (name === undefined) return null;
  if (Object.hasOwn(BUGS, name)) return BUGS[name];
  const names = Object.keys(BUGS).join(", ");
  throw new RangeError(`a bug must be one of ${names}; got ${name}`);
}
