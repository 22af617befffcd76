/**
 * What is wrong with the object that a setup returned: hooks that there are not, and hooks that are no hooks. Pure.
 * Invariant: of what passes, every name that is known can be called.
 */
import { isMapping, suggestion } from "../config/keys.ts";
import { HOOK_NAMES, type HookOf, HOOKS } from "./hooks.ts";

/** Of the hooks that are objects: their methods, and whether one must be there. */
const METHODS: Readonly<
  Record<HookOf<"storing" | "managing">, Readonly<Record<string, boolean>>>
> = {
  storage: { load: true, append: true, close: false },
  users: { list: true, put: true, remove: true },
  rules: { read: true, check: false, write: false },
};

/** A line for each problem; nothing when it is an object of hooks. */
export function hookProblems(hooks: unknown, where: string): string[] {
  if (typeof hooks !== "object" || hooks === null) {
    return [`${where}: setup returned ${hooks}; expected an object of hooks`];
  }
  return Object.entries(hooks).flatMap(([name, hook]) =>
    problemsOf(name, hook).map((problem) => `${where}: ${problem}`)
  );
}

function problemsOf(name: string, hook: unknown): string[] {
  if (!isHook(name)) return [`unknown hook ${name}; ${suggestion(name, HOOK_NAMES, "hooks")}`];
  if (hook === undefined) return [];
  if (isObjectHook(name)) return objectProblems(name, hook);
  return typeof hook === "function" ? [] : [`hook ${name} is not a function`];
}

function isHook(name: string): name is keyof typeof HOOKS {
  return Object.hasOwn(HOOKS, name);
}

function isObjectHook(name: string): name is keyof typeof METHODS {
  return Object.hasOwn(METHODS, name);
}

/** An object of a class may have what it wants beside the methods. */
function objectProblems(name: keyof typeof METHODS, hook: unknown): string[] {
  const methods = METHODS[name];
  const known = Object.keys(methods);
  if (typeof hook !== "object" || hook === null) {
    return [`hook ${name} is not an object; expected { ${known.join(", ")} }`];
  }
  const unknown = Object.keys(isMapping(hook) ? hook : {})
    .filter((method) => !known.includes(method))
    .map((method) =>
      `hook ${name}: unknown method ${method}; ${suggestion(method, known, "methods")}`
    );
  const wrong = known.filter((method) => !isMethod(hook, method, methods[method] === true))
    .map((method) => `hook ${name}: ${method} is not a function`);
  return [...unknown, ...wrong];
}

function isMethod(hook: object, name: string, isRequired: boolean): boolean {
  const value: unknown = Reflect.get(hook, name);
  return typeof value === "function" || (value === undefined && !isRequired);
}
