/**
 * Judges docstrings in the JSON of `deno doc`.
 *
 * Owns: which symbols need one (every export of an entry point, the methods of exported classes
 * and interfaces, every field of an options type) and that `@throws` names codes that exist.
 * @module
 */

interface JsDoc {
  doc?: string;
  tags?: { kind: string; doc?: string }[];
}

interface Member {
  name: string;
  kind?: string;
  jsDoc?: JsDoc;
  accessibility?: string;
  isOverride?: boolean;
}

interface Declaration {
  declarationKind: string;
  kind: string;
  jsDoc?: JsDoc;
  location: { filename: string; line: number };
  def?: { methods?: Member[]; properties?: Member[]; constructors?: Member[] };
}

/** The part of `deno doc --json` (version 2) read here. */
export interface DocJson {
  /** Entry URL → its symbols. */
  nodes: Record<
    string,
    { symbols?: { name: string; declarations: Declaration[] }[] }
  >;
}

const CODE = /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g;

function isDocumented(jsDoc: JsDoc | undefined): boolean {
  return (jsDoc?.doc ?? "").trim() !== "" || (jsDoc?.tags ?? []).length > 0;
}

function throwsFaults(
  jsDoc: JsDoc | undefined,
  codes: ReadonlySet<string>,
): string[] {
  return (jsDoc?.tags ?? []).filter(({ kind }) => kind === "throws")
    .flatMap(({ doc = "" }) =>
      [...doc.matchAll(CODE)].map(([, code]) => code)
        .filter((code) => !codes.has(code))
        .map((code) => `@throws names ${code}, which no table has`)
    );
}

function membersOf(name: string, declaration: Declaration): Member[] {
  const { methods = [], properties = [] } = declaration.def ?? {};
  const isOptions = name.endsWith("Options");
  return [...methods, ...(isOptions ? properties : [])].filter((member) =>
    member.accessibility !== "private" && !member.isOverride &&
    !/^[[#]/.test(member.name)
  );
}

/** One line per missing docstring and per unknown code. */
export function docFaults(
  docs: DocJson,
  codes: ReadonlySet<string>,
  rootUrl: string,
): string[] {
  const faults = new Set<string>();
  for (const { symbols = [] } of Object.values(docs.nodes)) {
    for (const { name, declarations } of symbols) {
      const own = declarations.filter(({ declarationKind, location }) =>
        declarationKind === "export" && location.filename.startsWith(rootUrl) &&
        !location.filename.includes("/node_modules/")
      );
      const hasDoc = own.some(({ jsDoc }) => isDocumented(jsDoc));
      for (const declaration of own) {
        const { filename, line } = declaration.location;
        const at = `${filename.slice(rootUrl.length)}:${line + 1} ${name}`;
        if (!hasDoc) faults.add(`${at} has no docstring`);
        for (const fault of throwsFaults(declaration.jsDoc, codes)) {
          faults.add(`${at}: ${fault}`);
        }
        for (const member of membersOf(name, declaration)) {
          if (!isDocumented(member.jsDoc)) {
            faults.add(`${at}.${member.name} has no docstring`);
          }
          for (const fault of throwsFaults(member.jsDoc, codes)) {
            faults.add(`${at}.${member.name}: ${fault}`);
          }
        }
      }
    }
  }
  return [...faults];
}
