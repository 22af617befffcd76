/**
 * Where a plugin went wrong: file, line and column, from what was thrown. Invariant: a place is one of the plugin's own
 * files; what was thrown elsewhere (by a test, by Midge) has none, and neither has what a plugin says to people.
 */
import type { PluginConfig } from "../config/types.ts";
import { fromFileUrl } from "../config/paths.ts";
import { COLOURS, messageOf, UserError } from "../user_error.ts";

/** The code of a packaged plugin, and of the hooks' way to one, is of no interest. */
const MIDGE = new URL(Deno.build.standalone ? "../../" : "../", import.meta.url).href;
/** `file:///a/b.js?x#y:3:5`, as stacks and the messages of importing have it. */
const PLACE = /((?:file|https?):\/\/[^\s()"]+?|data:text\/javascript,[^:\s]*):(\d+):(\d+)/g;
/** What the platform puts behind its words about a module. */
const PLACE_AT_END = / at (?:file|https?|data):\S+:\d+:\d+$/;
/** Packages, wherever they are kept. */
const PACKAGES = /\/node_modules\/|\/npm\//;

/**
 * What was thrown in one line, with the place in the plugin's files behind it: `x is not defined (/a/lamp.js:3:5)`.
 * @param module URL of the plugin's module; undefined for a packaged one, which has no places
 */
export function faultText(cause: unknown, module: string | undefined): string {
  const text = messageOf(cause);
  // To read the stack of an overflow, where there is none left, makes Deno complain.
  const isOverflow = cause instanceof RangeError && text.startsWith("Maximum call stack");
  const place = module === undefined || isOverflow ? undefined : placeOf(cause, module);
  return place === undefined ? text : `${text.replace(PLACE_AT_END, "")} (${place})`;
}

/** The module whose files count as the plugin's; undefined for a packaged one, and for an object. */
export function ownModule({ module, packaged, plugin }: PluginConfig): string | undefined {
  return packaged || plugin !== undefined ? undefined : module;
}

/** `FILE:LINE:COLUMN`; undefined where the plugin has no part in it. */
function placeOf(cause: unknown, module: string): string | undefined {
  if (!(cause instanceof Error) || cause instanceof UserError) return undefined;
  const text = `${cause.message}\n${cause.stack ?? ""}`.replaceAll(COLOURS, "");
  const places = [...text.matchAll(PLACE)];
  const found = places.find(([, url = ""]) => !url.startsWith(MIDGE) && !PACKAGES.test(url));
  const [, url = "", line, column] = found ?? [];
  return isOwn(url, module) ? `${nameOf(url, module)}:${line}:${column}` : undefined;
}

/** Is it the module, or beside or below it? A file whose types were taken away is imported as data. */
function isOwn(url: string, module: string): boolean {
  return url !== "" && (url.startsWith("data:") || url.startsWith(new URL(".", module).href));
}

/** A path where there is one, without what tells versions of a module apart. */
function nameOf(url: string, module: string): string {
  const plain = (url.startsWith("data:") ? module : url).replace(/[?#].*$/, "");
  return plain.startsWith("file:") ? fromFileUrl(plain) : plain;
}
