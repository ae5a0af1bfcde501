/** The stores that old releases wrote, oldest first; see README.md. @module */
import v1 from "./v1.json" with { type: "json" };
import v2 from "./v2.json" with { type: "json" };
import v3 from "./v3.json" with { type: "json" };
import v4 from "./v4.json" with { type: "json" };
import v5 from "./v5.json" with { type: "json" };

/** A store, and what was told of it when it was written. */
export interface StoreExample {
  schema: number;
  account: string;
  /** 32 bytes in hex. */
  deviceKey: string;
  payments: readonly {
    localId: string;
    state: string;
    amount: number;
    currency: string;
    receiptCode: string;
    isOffline: boolean;
  }[];
  /** The database file: gzip, base64. */
  file: string;
}

/** Every example. */
export const STORE_EXAMPLES: readonly StoreExample[] = [v1, v2, v3, v4, v5];

/** The database file of an example. */
export async function fileOf({ file }: StoreExample): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(file), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
