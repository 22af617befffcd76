/**
 * What is wrong with the object that a setup returned: hooks that there are not, and hooks that are no hooks. Pure.
 * Invariant: of what passes, every name that is known can be called.
 */
import { isMapping, suggestion } from "../config/keys.ts";
import { HOOK_NAMES, HOOKS } from "./hooks.ts";

const STORAGE_METHODS = ["load", "append", "close"];
/** The others may be left out. */
const REQUIRED_METHODS = ["load", "append"];

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
  if (HOOKS[name] === "storing") return storageProblems(name, hook);
  return typeof hook === "function" ? [] : [`hook ${name} is not a function`];
}

function isHook(name: string): name is keyof typeof HOOKS {
  return Object.hasOwn(HOOKS, name);
}

/** An object of a class may have what it wants beside the methods. */
function storageProblems(hook: string, storage: unknown): string[] {
  if (typeof storage !== "object" || storage === null) {
    return [`hook ${hook} is not an object; expected { load, append, close }`];
  }
  const unknown = Object.keys(isMapping(storage) ? storage : {})
    .filter((name) => !STORAGE_METHODS.includes(name))
    .map((name) =>
      `hook ${hook}: unknown method ${name}; ${suggestion(name, STORAGE_METHODS, "methods")}`
    );
  const wrong = STORAGE_METHODS.filter((name) => !isMethod(storage, name))
    .map((name) => `hook ${hook}: ${name} is not a function`);
  return [...unknown, ...wrong];
}

function isMethod(storage: object, name: string): boolean {
  const value: unknown = Reflect.get(storage, name);
  return typeof value === "function" || (value === undefined && !REQUIRED_METHODS.includes(name));
}
