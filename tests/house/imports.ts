/**
 * What a source file imports, read by Deno's own parser. Invariant: every form counts that names a module in the
 * file: `import`, `export ... from`, `import()`, `typeof import()` and `new URL("x.ts", import.meta.url)`.
 */
/// <reference lib="deno.unstable" />

/** `code`: loaded with the file; `late`: when a line is reached; `types`: never, only its types are read. */
export type ImportKind = "code" | "late" | "types";

/** One import of a file. */
export interface Import {
  /** As written, or the part of it before the first `${`. */
  readonly specifier: string;
  readonly kind: ImportKind;
}

/** The imports of a file's text, in its order. Only inside of `deno test`: no other command has the parser. */
export function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string | undefined, kind: ImportKind) => {
    if (specifier) found.push({ specifier, kind });
  };
  const create = () => visitor(add);
  Deno.lint.runPlugin({ name: "house", rules: { imports: { create } } }, file, source);
  return found;
}

type Add = (specifier: string | undefined, kind: ImportKind) => void;

function visitor(add: Add): Deno.lint.LintVisitor {
  return {
    ImportDeclaration: (node) =>
      add(node.source.value, kindOf(node.importKind, node.specifiers.map(kindOfSpecifier))),
    ExportNamedDeclaration: (node) =>
      add(
        node.source?.value,
        kindOf(node.exportKind, node.specifiers.map((one) => one.exportKind)),
      ),
    ExportAllDeclaration: (node) => add(node.source.value, kindOf(node.exportKind, [])),
    ImportExpression: (node) => add(textOf(node.source), "late"),
    TSImportType: ({ argument }) =>
      add(argument.type === "TSLiteralType" ? textOf(argument.literal) : undefined, "types"),
    NewExpression: ({ callee, arguments: [path, base] }) => {
      if (callee.type !== "Identifier" || callee.name !== "URL") return;
      if (base?.type === "MemberExpression") add(moduleText(path), "late");
    },
  };
}

type Declared = "type" | "value";

function kindOf(whole: Declared, parts: readonly Declared[]): ImportKind {
  const onlyTypes = parts.length > 0 && parts.every((part) => part === "type");
  return whole === "type" || onlyTypes ? "types" : "code";
}

function kindOfSpecifier(node: Deno.lint.ImportDeclaration["specifiers"][number]): Declared {
  return node.type === "ImportSpecifier" ? node.importKind : "value";
}

/** The text of a URL that is a module's: other files may stand beside a module. */
function moduleText(node: Deno.lint.Node | undefined): string | undefined {
  const text = node && textOf(node);
  return node?.type === "TemplateLiteral" || text?.endsWith(".ts") ? text : undefined;
}

function textOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  return node.type === "TemplateLiteral" ? node.quasis[0]?.cooked : undefined;
}
