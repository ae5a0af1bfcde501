// What a rule says when it matches: no, or, to an issuer that is asked now, not offline.
//
// Owns: the verdict of one decision. The first thing that forbids to ask later is kept, because
// it is what refuses the payment should the connection go; a refusal proper replaces it. After a
// first reason with a bit (rules 10 to 12) only rule 12 can refuse, and it has a bit of its own.
import { EMV_OUTCOME_ONLINE_ONLY, EMV_OUTCOME_REFUSED } from "./abi";
import { tell, tellBit } from "./emv_facts";
import { fieldNode } from "./emv_fields";

let result: usize = 0;
let isAskedNow: bool = false;
let isOnline: bool = false;

/** Begins a verdict in the decision record at `target`. */
export function beginVerdict(target: usize, asksNow: bool): void {
  result = target;
  isAskedNow = asksNow;
  isOnline = false;
}

/** Whether a rule matched that only a payment asked later must fear. */
export function isOnlineOnly(): bool {
  return isOnline;
}

/** Records a refusal about an object, which may be missing; true so that a rule can return it. */
export function refuse(rule: u32, code: u32, tag: u32, field: u32): bool {
  tell(result, EMV_OUTCOME_REFUSED, code, rule, tag, fieldNode(field));
  return true;
}

/** The same, with the highest bit of `mask` in byte `byte` of the object as the reason. */
export function refuseBit(
  rule: u32,
  code: u32,
  tag: u32,
  field: u32,
  byte: u32,
  mask: u32,
): bool {
  refuse(rule, code, tag, field);
  tellBit(result, byte, 0x80000000 >>> clz<u32>(mask));
  return true;
}

/** Refuses what may not be stored; false when the issuer is asked now, and the first is noted. */
export function refuseOffline(rule: u32, code: u32, tag: u32, field: u32): bool {
  if (!isAskedNow) return refuse(rule, code, tag, field);
  if (!isOnline) tell(result, EMV_OUTCOME_ONLINE_ONLY, code, rule, tag, fieldNode(field));
  isOnline = true;
  return false;
}

/** The same for a bit. */
export function refuseBitOffline(
  rule: u32,
  code: u32,
  tag: u32,
  field: u32,
  byte: u32,
  mask: u32,
): bool {
  if (!isAskedNow) return refuseBit(rule, code, tag, field, byte, mask);
  if (!isOnline) tellBit(result, byte, 0x80000000 >>> clz<u32>(mask));
  return refuseOffline(rule, code, tag, field);
}
