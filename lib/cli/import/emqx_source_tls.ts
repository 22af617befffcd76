/**
 * TLS of EMQ X's auth plugins as the option `tls`. Invariant: files are looked for only where TLS is on; a certificate
 * is checked only where EMQ X checked it, and the difference is told.
 */
import type { Plain } from "./draft.ts";
import type { Settings } from "./emqx_settings.ts";
import type { Option, SourceContext } from "./emqx_source.ts";
import { findOrFail } from "./library.ts";
import { readFlag, type Statement } from "./statements.ts";

const TLS_FILES: readonly (readonly [option: string, keys: readonly string[]])[] = [
  ["cafile", ["cacertfile", "cafile"]],
  ["certfile", ["certfile"]],
  ["keyfile", ["keyfile"]],
];

/**
 * `tls`, where it is on. EMQ X checks no certificate unless told to.
 * @param group `ssl`; older files have `ssl_opts.*`, or the files beside the other keys
 * @param isOn what decides instead of the group's own key
 */
export async function readTls(
  prefix: string,
  group: string,
  context: SourceContext,
  isOn?: boolean,
): Promise<Option[]> {
  const { settings, draft } = context;
  const first = settings.keys(`${prefix}${group}`)[0];
  const firstPlace = first === undefined ? undefined : settings.peek(first)?.place;
  const on = settings.take(`${prefix}${group}`);
  const files = takeFiles(prefix, group, settings);
  const verify = settings.take(`${prefix}${group}.verify`);
  const name = settings.take(`${prefix}${group}.server_name_indication`);
  if (!(isOn ?? (on !== undefined && readFlag(on)))) return [];
  const tls = await pathsOf(files, context);
  if (name !== undefined && name.value !== "disable") tls.server_name = name.value;
  tls.verify = verify !== undefined && /^(true|on|verify_peer)$/.test(verify.value);
  const place = on?.place ?? firstPlace;
  if (!tls.verify) {
    const what = "the server's certificate is not checked, as in EMQ X; tls.verify: true checks it";
    draft.differ(`${prefix}${group}`, place, what);
  }
  return [{ name: "tls", value: tls, place }];
}

/** The statements of the files that are named, by option. */
function takeFiles(prefix: string, group: string, settings: Settings): Map<string, Statement> {
  const files = new Map<string, Statement>();
  for (const [option, keys] of TLS_FILES) {
    const spellings = keys.flatMap((key) => [
      `${prefix}${group}.${key}`,
      `${prefix}${group}_opts.${key}`,
      `${prefix}${key}`,
    ]);
    const statement = settings.takeFirst(...spellings);
    if (statement !== undefined && statement.value !== "") files.set(option, statement);
  }
  return files;
}

async function pathsOf(
  statements: ReadonlyMap<string, Statement>,
  { library, files }: SourceContext,
): Promise<Record<string, Plain>> {
  const tls: Record<string, Plain> = {};
  for (const [option, statement] of statements) {
    tls[option] = (await findOrFail(library, statement, files)).path;
  }
  return tls;
}
