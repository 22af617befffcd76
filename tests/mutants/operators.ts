/**
 * Finds the places where a source can be changed, as a plugin of `deno lint`: it has Deno's own parser. Invariant:
 * a finding's message is a {@link Change} as JSON, and each change leaves a text that still parses.
 */
/// <reference lib="deno.unstable" />

/** Put `text` in place of the characters from `start` to `end`. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A flipped and, where there is a boundary, a shifted comparison; other operators have one opposite. */
const OPPOSITES: Readonly<Record<string, readonly string[]>> = {
  "<": [">=", "<="],
  "<=": [">", "<"],
  ">": ["<=", ">="],
  ">=": ["<", ">"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "+=": ["-="],
  "-=": ["+="],
};

const plugin: Deno.lint.Plugin = { name: "mutants", rules: { change: { create: visitor } } };
export default plugin;

function visitor(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  let logEnd = 0; // of the last statement that only logs: its words are not changed
  const text = (node: Deno.lint.Node) => context.sourceCode.getText(node);
  const report = ([start, end]: [number, number], text: string) => {
    if (context.sourceCode.text.slice(start, end) === text || start < logEnd) return;
    context.report({ range: [start, end], message: JSON.stringify({ start, end, text }) });
  };
  const change = (node: Deno.lint.Node, ...texts: string[]) => {
    for (const one of texts) report(node.range, one);
  };
  const negate = (test: Deno.lint.Node) => {
    if (!isOperation(test)) change(test, `!(${text(test)})`);
  };
  const swap = (node: Deno.lint.BinaryExpression | Deno.lint.AssignmentExpression) => {
    const { left, right, operator } = node;
    const range: [number, number] = [left.range[1], right.range[0]];
    const between = context.sourceCode.text.slice(...range);
    for (const other of OPPOSITES[operator] ?? []) report(range, between.replace(operator, other));
  };
  return {
    BinaryExpression: swap,
    AssignmentExpression: swap,
    LogicalExpression: (node) => {
      const { left, right, operator } = node;
      change(node, `(${text(left)})`, `(${text(right)})`);
      if (operator === "&&") change(node, `((${text(left)}) || ${text(right)})`);
      if (operator === "||") change(node, `((${text(left)}) && ${text(right)})`);
    },
    UnaryExpression: (node) => {
      if (node.operator === "!") change(node, `!!${text(node.argument)}`);
    },
    UpdateExpression: (node) =>
      change(node, text(node).replace(/\+\+|--/, (sign) => sign === "++" ? "--" : "++")),
    IfStatement: ({ test }) => negate(test),
    ConditionalExpression: ({ test }) => negate(test),
    Literal: (node) => {
      if (node.parent.type === "TSLiteralType") return;
      if (typeof node.value === "number") {
        change(node, String(Number(node.raw.replaceAll("_", "")) + 1));
      }
      if (typeof node.value === "boolean") change(node, String(!node.value));
    },
    ReturnStatement: ({ argument }) => {
      if (argument && argument.type !== "Literal" && !isOperation(argument)) {
        change(argument, "undefined");
      }
    },
    ExpressionStatement: (node) => {
      if (/^[\w.#]*logger\./.test(text(node))) logEnd = node.range[1];
      change(node, ";");
    },
  };
}

/** Is it changed in ways of its own? */
function isOperation(node: Deno.lint.Node): boolean {
  return node.type === "LogicalExpression" || node.type === "BinaryExpression" ||
    (node.type === "UnaryExpression" && node.operator === "!");
}
