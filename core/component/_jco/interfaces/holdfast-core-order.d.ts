/** @module Interface holdfast:core/order@0.1.0 **/
export function reset(capacity: number, nowMs: bigint, settings: Settings): void;
export function setLimits(limits: Limits): void;
export function add(handle: number, entry: Entry): void;
export function next(nowMs: bigint): Step;
export function done(handle: number): void;
export function remove(handle: number): void;
export function retry(handle: number, nowMs: bigint, random: bigint, retryAfterMs: number): bigint;
export function release(handle: number, nowMs: bigint): void;
export function deadLetter(handle: number): void;
export function dueNow(handle: number, nowMs: bigint): void;
export function dueAll(nowMs: bigint): void;
export function park(lane: number, parked: boolean): void;
export function hold(nowMs: bigint, random: bigint, spreadMs: number): bigint;
export function nextDue(): bigint | undefined;
export function counts(lane: number): LaneCounts;
export function state(handle: number): RecordState;
export function backoffDelay(attempt: number, random: bigint, baseMs: number, capMs: number): number;
/**
 * # Variants
 *
 * ## `"not-ready"`
 *
 * ## `"capacity"`
 *
 * ## `"memory"`
 *
 * ## `"time"`
 *
 * ## `"setting"`
 *
 * ## `"handle"`
 *
 * ## `"handle-used"`
 *
 * ## `"handle-free"`
 *
 * ## `"lane"`
 *
 * ## `"seq"`
 *
 * ## `"not-in-flight"`
 *
 * ## `"in-flight"`
 *
 * ## `"delay"`
 */
export type OrderError = 'not-ready' | 'capacity' | 'memory' | 'time' | 'setting' | 'handle' | 'handle-used' | 'handle-free' | 'lane' | 'seq' | 'not-in-flight' | 'in-flight' | 'delay';
export interface Limits {
  inFlight: number,
  inFlightPerLane: number,
  ratePerSecond: number,
  burst: number,
}
export interface Settings {
  limits: Limits,
  baseMs: number,
  capMs: number,
  priorityMs: number,
  urgentMs: number,
  delayMsMax: number,
}
export interface Entry {
  lane: number,
  seq: bigint,
  card?: bigint,
  priority: number,
  dueMs: bigint,
  deadlineMs?: bigint,
}
export type Step = StepTake | StepWait | StepEmpty | StepBusy;
export interface StepTake {
  tag: 'take',
  val: number,
}
export interface StepWait {
  tag: 'wait',
  val: bigint,
}
export interface StepEmpty {
  tag: 'empty',
}
export interface StepBusy {
  tag: 'busy',
}
/**
 * # Variants
 *
 * ## `"free"`
 *
 * ## `"queued"`
 *
 * ## `"in-flight"`
 *
 * ## `"dead"`
 */
export type RecordState = 'free' | 'queued' | 'in-flight' | 'dead';
export interface LaneCounts {
  queued: number,
  inFlight: number,
  dead: number,
  parked: boolean,
}
