// Compiles only if the package's declarations are complete.
import { type Core, HoldfastError, loadCore } from "@holdfast/holdfast/core";

const core: Core = await loadCore();
const tags: number[] = core.tlv.parse(new Uint8Array(0), "reader")
  .map((node) => node.tag);
export const summary: { count: number; code: string } = {
  count: tags.length,
  code:
    new HoldfastError("X", { message: "", retry: "never", remedy: "" }).code,
};
