/** What a browser's disk does when its own small files cannot be read. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { OpfsDisk } from "../../../hosts/browser/opfs_disk.ts";
import { OPFS_FILES } from "../../../hosts/browser/opfs_files.ts";
import { memoryHandle } from "./_memory_handle.ts";

const STANDING = {
  isPersistent: true,
  isSettled: true,
  isThere: true,
  room: { freeBytes: null },
  refresh: () => Promise.resolve(),
  stop: (): void => {},
};

test("setAside() copies the files, and says null when place or a length cannot be read", () => {
  const handles = new Map(OPFS_FILES.map((name) => [name, memoryHandle()]));
  const disk = new OpfsDisk(handles, STANDING, "shop");
  const fail = (): never => {
    throw new DOMException("the file cannot be read", "NotReadableError");
  };
  const { read } = handles.get("place")!;
  handles.get("place")!.read = fail;
  assert.equal(disk.setAside(), null);
  handles.get("place")!.read = read;
  const { getSize } = handles.get("log-1")!;
  handles.get("log-1")!.getSize = fail;
  assert.equal(disk.setAside(), null);
  handles.get("log-1")!.getSize = getSize;
  assert.equal(disk.setAside(), "shop/aside-*");
});
