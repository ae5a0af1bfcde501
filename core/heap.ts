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
// Ranks are kept where they are compared: a node has its own, which is one more than its right
// child's, and its left child's. So a path is settled without touching the nodes beside it; with
// 100,000 records those are what the processor waits for.
//
//   0   link A   i64 key, u32 left, u32 right, u32 parent, u16 rank, u16 rank of left
//   24  link B   the same
//   48  i64 tie

export const LINK_A: usize = 0;
export const LINK_B: usize = 24;
export const NODE_TIE: usize = 48;

const LEFT: usize = 8;
const RIGHT: usize = 12;
const PARENT: usize = 16;
const RANK: usize = 20;
const LEFT_RANK: usize = 22;

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
  return node == 0 ? 0 : <u32>load<u16>(node + link, RANK);
}

/** Puts `child` of rank `childRank` to the right; the higher of the two ranks goes to the left. */
function settleRight(node: usize, child: usize, childRank: u32, link: usize): u32 {
  const at = node + link;
  const leftRank = <u32>load<u16>(at, LEFT_RANK);
  if (leftRank < childRank) {
    store<u32>(at, load<u32>(at, LEFT), RIGHT);
    store<u32>(at, <u32>child, LEFT);
    store<u16>(at, <u16>childRank, LEFT_RANK);
    store<u16>(at, <u16>(leftRank + 1), RANK);
    return leftRank + 1;
  }
  store<u32>(at, <u32>child, RIGHT);
  store<u16>(at, <u16>(childRank + 1), RANK);
  return childRank + 1;
}

/** The same for the left. */
function settleLeft(node: usize, child: usize, childRank: u32, link: usize): u32 {
  const at = node + link;
  const rank = <u32>load<u16>(at, RANK);
  if (childRank >= rank - 1) {
    store<u32>(at, <u32>child, LEFT);
    store<u16>(at, <u16>childRank, LEFT_RANK);
    return rank;
  }
  store<u32>(at, load<u32>(at, RIGHT), LEFT);
  store<u16>(at, <u16>(rank - 1), LEFT_RANK);
  store<u32>(at, <u32>child, RIGHT);
  store<u16>(at, <u16>(childRank + 1), RANK);
  return childRank + 1;
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
    if (next == 0) break;
    let child = next;
    if (isBefore(b, next, link)) {
      child = b;
      b = next;
      store<u32>(node + link, <u32>child, RIGHT);
      store<u32>(child + link, <u32>node, PARENT);
    }
    node = child;
  }
  store<u32>(b + link, <u32>node, PARENT);
  let rank = rankOf(b, link);
  let child = b;
  while (node != 0) {
    rank = settleRight(node, child, rank, link);
    child = node;
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
  store<u32>(at, 1, RANK); // Rank 1, nothing on the left.
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
  let child = meld(left, right, link);
  if (parent == 0) return child;
  if (child != 0) store<u32>(child + link, <u32>parent, PARENT);
  let rank = rankOf(child, link);
  let old = node;
  while (parent != 0) {
    const before = <u32>load<u16>(parent + link, RANK);
    rank = <usize>load<u32>(parent + link, LEFT) == old
      ? settleLeft(parent, child, rank, link)
      : settleRight(parent, child, rank, link);
    if (rank == before) break; // Nothing above has changed.
    old = parent;
    child = parent;
    parent = <usize>load<u32>(parent + link, PARENT);
  }
  return root;
}

/** What `heapSplit` left behind. */
export let heapRest: usize = 0;

/**
 * Cuts off every node with a key of at most `limit`: a list in no order, to be walked by
 * `heapNext`. The nodes with greater keys are the heap `heapRest`. They hang below the others, so
 * only those are visited.
 */
export function heapSplit(root: usize, link: usize, limit: i64): usize {
  heapRest = 0;
  let list: usize = 0;
  let work = root;
  while (work != 0) {
    const node = work;
    const at = node + link;
    work = <usize>load<u32>(at, PARENT);
    const isTaken = load<i64>(at) <= limit;
    if (!isTaken) {
      store<u32>(at, 0, PARENT);
      heapRest = meld(heapRest, node, link);
      continue;
    }
    const left = <usize>load<u32>(at, LEFT);
    const right = <usize>load<u32>(at, RIGHT);
    if (left != 0) {
      store<u32>(left + link, <u32>work, PARENT);
      work = left;
    }
    if (right != 0) {
      store<u32>(right + link, <u32>work, PARENT);
      work = right;
    }
    store<u32>(at, <u32>list, PARENT);
    list = node;
  }
  return list;
}

/** The node behind `node` in a list of `heapSplit`, 0 at the end. */
export function heapNext(node: usize, link: usize): usize {
  return <usize>load<u32>(node + link, PARENT);
}
