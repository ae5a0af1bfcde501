// May this chip transaction be stored offline? Thirteen rules, the first that matches decides.
// Asked while online, what only an offline payment lacks refuses nothing: the answer then is
// "online only", with the code that would refuse it offline, and holds for this moment.
//
// Owns: the order of the rules, which are in emv_rules_*.ts. Nothing is accepted by default: what a
// rule needs and does not find is a refusal of its own. Limits (rule 14) and the UNIQUE
// transaction HMAC (rule 15) belong to the engine, which decides them inside the commit.
//
// The cryptogram cannot be verified here (the issuer's key would be needed); the rules read what
// terminal and card already found out, EMV 4.4 Book 3 §10.
import {
  EMV_BRAND_UNKNOWN,
  EMV_CODE_ACCEPTED,
  EMV_CODE_EMV_MALFORMED,
  EMV_DECISION_BRAND,
  EMV_DECISION_RISK,
  EMV_ERR_REQUEST,
  EMV_OUTCOME_DEFERRED,
  EMV_OUTCOME_OFFLINE_APPROVED,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_FLAG_ONLINE,
  EMV_REQUEST_SOURCE,
} from "./abi";
import { berErrorOffset, berParse, fail } from "./ber";
import { forgetCard } from "./emv_card";
import { beginDecision, tell, tellUnreadable, writeCard } from "./emv_facts";
import { fieldNode, fieldValue } from "./emv_fields";
import { badRequestField } from "./emv_request";
import {
  aidNode,
  brandOf,
  isDataMissing,
  isNetworkRefused,
  isOutOfDate,
  isServiceRefused,
} from "./emv_rules_card";
import {
  isDeclined,
  isMalformed,
  isMismatch,
  isNotChip,
  isUnknownCryptogram,
} from "./emv_rules_message";
import {
  isActionCodeRefused,
  isOnlinePin,
  isScaMissing,
  isVerificationFailed,
  riskFlags,
} from "./emv_rules_verification";
import { FIELD_CID } from "./emv_tag_table";
import { beginVerdict, isOnlineOnly } from "./emv_verdict";

/**
 * Decides about `length` bytes at `input` under the request record and writes one decision
 * record. Returns 0, or EMV_ERR_REQUEST (error offset: that of the bad field) with no record.
 */
export function decideMessage(
  request: usize,
  input: usize,
  length: u32,
  result: usize,
): i32 {
  const bad = badRequestField(request);
  if (bad >= 0) return fail(EMV_ERR_REQUEST, bad);
  beginDecision(result);
  const flags: u32 = load<u8>(request + EMV_REQUEST_FLAGS);
  beginVerdict(result, (flags & EMV_REQUEST_FLAG_ONLINE) != 0);
  forgetCard();
  const count = berParse(input, length, load<u8>(request + EMV_REQUEST_SOURCE));
  if (count < 0) {
    tellUnreadable(result, EMV_CODE_EMV_MALFORMED, count, berErrorOffset());
    return 0;
  }
  if (isMalformed(result, input, <u32>count)) {
    forgetCard();
    return 0;
  }
  const aid = aidNode();
  const brand: u32 = aid == 0 ? EMV_BRAND_UNKNOWN : brandOf(aid);
  store<u8>(result + EMV_DECISION_BRAND, brand);
  store<u16>(result + EMV_DECISION_RISK, riskFlags(request));
  const cid: u32 = fieldNode(FIELD_CID) == 0 ? 0xc0 : load<u8>(fieldValue(FIELD_CID)) & 0xc0;
  const isApproval = cid == 0x40;
  if (
    !isMismatch(request) && !isNotChip() && !isDeclined(cid) && !isUnknownCryptogram(cid) &&
    !isNetworkRefused(request, aid, brand) && !isDataMissing() && !isOutOfDate(request) &&
    !isServiceRefused(request) && !isVerificationFailed() && !isOnlinePin(brand) &&
    !isScaMissing(request) && !isActionCodeRefused(request, isApproval)
  ) {
    const outcome = isApproval ? EMV_OUTCOME_OFFLINE_APPROVED : EMV_OUTCOME_DEFERRED;
    if (!isOnlineOnly()) tell(result, outcome, EMV_CODE_ACCEPTED, 5, 0x9f27, fieldNode(FIELD_CID));
  }
  writeCard(result, request, aid);
  forgetCard();
  return 0;
}
