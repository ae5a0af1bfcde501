// Leftist heap whose links live inside the records it orders.
//
// Owns: the links. Every operation is O(log n) in the worst case, not amortised: a scheduler that
// stalls for a rebuild delays every lane. A binary heap in an array would need one array of full
// capacity for each lane; links inside the record need no allocation at all, allow removal from the
// middle, and one record can stand in two heaps (by rank and by deadline) at once.
//
// A node begins with two links and its tie breaker. Equal keys go in the order of the tie, which is
// unique among the nodes of a heap, so the order is total: the shape of the heap never shows.
//
//   0   link A   i64 key, u32 left, u32 right, u32 parent, u32 rank
//   24  link B   the same
//   48  i64 tie

export const LINK_A: usize = 0;
export const LINK_B: usize = 24;
export const NODE_TIE: usize = 48;

const LEFT: usize = 8;
const RIGHT: usize = 12;
const PARENT: usize = 16;
const RANK: usize = 20;

/** The key under which `node` stands in the heap of `link`. */
export function heapKey(node: usize, link: usize): i64 {
  return load<i64>(node + link);
}

function isBefore(a: usize, b: usize, link: usize): bool {
  const keyA = load<i64>(a + link);
  const keyB = load<i64>(b + link);
  if (keyA != keyB) return keyA < keyB;
  return load<i64>(a, NODE_TIE) < load<i64>(b, NODE_TIE);
}

function rankOf(node: usize, link: usize): u32 {
  return node == 0 ? 0 : load<u32>(node + link, RANK);
}

/** Restores "left rank >= right rank" at one node; true when its rank changed. */
function settle(node: usize, link: usize): bool {
  const at = node + link;
  const left = <usize>load<u32>(at, LEFT);
  const right = <usize>load<u32>(at, RIGHT);
  const rankLeft = rankOf(left, link);
  const rankRight = rankOf(right, link);
  if (rankLeft < rankRight) {
    store<u32>(at, <u32>right, LEFT);
    store<u32>(at, <u32>left, RIGHT);
  }
  const rank = min(rankLeft, rankRight) + 1;
  if (load<u32>(at, RANK) == rank) return false;
  store<u32>(at, rank, RANK);
  return true;
}

/** Joins two heaps, either may be 0; both right spines together have at most 2 log n nodes. */
function meld(a: usize, b: usize, link: usize): usize {
  if (a == 0) return b;
  if (b == 0) return a;
  if (isBefore(b, a, link)) {
    const swapped = a;
    a = b;
    b = swapped;
  }
  let node = a;
  while (true) {
    const next = <usize>load<u32>(node + link, RIGHT);
    if (next != 0 && !isBefore(b, next, link)) {
      node = next;
      continue;
    }
    store<u32>(node + link, <u32>b, RIGHT);
    store<u32>(b + link, <u32>node, PARENT);
    if (next == 0) break;
    node = b;
    b = next;
  }
  while (node != 0) {
    settle(node, link);
    node = <usize>load<u32>(node + link, PARENT);
  }
  return a;
}

/** Adds `node`, which stands in no heap of `link`; returns the new root. */
export function heapPush(root: usize, node: usize, link: usize, key: i64): usize {
  const at = node + link;
  store<i64>(at, key);
  store<u32>(at, 0, LEFT);
  store<u32>(at, 0, RIGHT);
  store<u32>(at, 0, PARENT);
  store<u32>(at, 1, RANK);
  return meld(root, node, link);
}

/** Takes `node`, which stands in the heap of `root`, out of it; returns the new root. */
export function heapRemove(root: usize, node: usize, link: usize): usize {
  const at = node + link;
  const left = <usize>load<u32>(at, LEFT);
  const right = <usize>load<u32>(at, RIGHT);
  let parent = <usize>load<u32>(at, PARENT);
  assert((parent == 0) == (node == root), "a node without a parent is the root");
  if (left != 0) store<u32>(left + link, 0, PARENT);
  if (right != 0) store<u32>(right + link, 0, PARENT);
  const joined = meld(left, right, link);
  if (parent == 0) return joined;
  if (joined != 0) store<u32>(joined + link, <u32>parent, PARENT);
  const side = <usize>load<u32>(parent + link, LEFT) == node ? LEFT : RIGHT;
  store<u32>(parent + link + side, <u32>joined);
  while (parent != 0 && settle(parent, link)) {
    parent = <usize>load<u32>(parent + link, PARENT);
  }
  return root;
}
