// world root:component/root
import type * as HoldfastCoreCrypto from './interfaces/holdfast-core-crypto.d.ts'; // holdfast:core/crypto@0.1.0
import type * as HoldfastCoreTlv from './interfaces/holdfast-core-tlv.d.ts'; // holdfast:core/tlv@0.1.0
import type * as HoldfastCoreEmv from './interfaces/holdfast-core-emv.d.ts'; // holdfast:core/emv@0.1.0
import type * as HoldfastCoreSeal from './interfaces/holdfast-core-seal.d.ts'; // holdfast:core/seal@0.1.0
import type * as HoldfastCoreOrder from './interfaces/holdfast-core-order.d.ts'; // holdfast:core/order@0.1.0
export interface ImportObject {
}
export interface Root {
  'holdfast:core/crypto@0.1.0': typeof HoldfastCoreCrypto,
  crypto: typeof HoldfastCoreCrypto,
  'holdfast:core/tlv@0.1.0': typeof HoldfastCoreTlv,
  tlv: typeof HoldfastCoreTlv,
  'holdfast:core/emv@0.1.0': typeof HoldfastCoreEmv,
  emv: typeof HoldfastCoreEmv,
  'holdfast:core/seal@0.1.0': typeof HoldfastCoreSeal,
  seal: typeof HoldfastCoreSeal,
  'holdfast:core/order@0.1.0': typeof HoldfastCoreOrder,
  order: typeof HoldfastCoreOrder,
}

/**
* Instantiates this component with the provided imports and
* returns a map of all the exports of the component.
*
* This function is intended to be similar to the
* `WebAssembly.Instantiate` constructor. The second `imports`
* argument is the "import object" for wasm, except here it
* uses component-model-layer types instead of core wasm
* integers/numbers/etc.
*
* The first argument to this function, `getCoreModule`, is
* used to compile core wasm modules within the component.
* Components are composed of core wasm modules and this callback
* will be invoked per core wasm module. The caller of this
* function is responsible for reading the core wasm module
* identified by `path` and returning its compiled
* `WebAssembly.Module` object. This would use the
* `WebAssembly.Module` constructor on the web, for example.
*/
export function instantiate(
getCoreModule: (path: string) => WebAssembly.Module,
imports: ImportObject,
instantiateCore?: (module: WebAssembly.Module, imports: Record<string, any>) => WebAssembly.Instance
): Root;
