/** @module Interface holdfast:core/tlv@0.1.0 **/
export function parse(message: Uint8Array, source: Source): Message;
export function index(message: Uint8Array, source: Source): Uint32Array;
export function dolParse(dol: Uint8Array): Array<DolEntry>;
export function dolBuild(dol: Uint8Array, message: Uint8Array, source: Source): Uint8Array;
/**
 * # Variants
 *
 * ## `"card"`
 *
 * ## `"reader"`
 */
export type Source = 'card' | 'reader';
/**
 * # Variants
 *
 * ## `"input-too-long"`
 *
 * ## `"tag-truncated"`
 *
 * ## `"tag-too-long"`
 *
 * ## `"length-truncated"`
 *
 * ## `"length-indefinite"`
 *
 * ## `"length-form"`
 *
 * ## `"value-truncated"`
 *
 * ## `"value-overrun"`
 *
 * ## `"depth"`
 *
 * ## `"nodes"`
 *
 * ## `"status-word"`
 *
 * ## `"dol-too-long"`
 *
 * ## `"dol-tag-truncated"`
 *
 * ## `"dol-tag-too-long"`
 *
 * ## `"dol-length-missing"`
 *
 * ## `"dol-result-too-long"`
 */
export type TlvError = 'input-too-long' | 'tag-truncated' | 'tag-too-long' | 'length-truncated' | 'length-indefinite' | 'length-form' | 'value-truncated' | 'value-overrun' | 'depth' | 'nodes' | 'status-word' | 'dol-too-long' | 'dol-tag-truncated' | 'dol-tag-too-long' | 'dol-length-missing' | 'dol-result-too-long';
export interface TlvFailure {
  code: TlvError,
  offset: number,
}
export interface Traits {
  constructed?: boolean,
  longLength?: boolean,
}
export interface Notes {
  topLevelPadding?: boolean,
  templatePadding?: boolean,
  ffPadding?: boolean,
  longLength?: boolean,
}
export interface Node {
  tag: number,
  offset: number,
  valueOffset: number,
  length: number,
  depth: number,
  traits: Traits,
  next: number,
  parent: number,
}
export interface Message {
  nodes: Array<Node>,
  notes: Notes,
}
export interface DolEntry {
  tag: number,
  offset: number,
  length: number,
}
