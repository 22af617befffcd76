/**
 * Has commands done on one broker, for `midge ctl` and for plugins. Invariant: what does them is loaded when the first
 * one is asked for.
 */
import type { RunCommand } from "../../manage/runner.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";

/** Makes the way to have commands done; loads nothing yet. */
export function lateRunner(core: Core, admin: Admin): RunCommand {
  let loading: Promise<RunCommand> | undefined;
  return async (name, args, caller) => {
    loading ??= load(core, admin);
    const run = await loading;
    return await run(name, args, caller);
  };
}

async function load(core: Core, admin: Admin): Promise<RunCommand> {
  const { runnerOf }: typeof import("../../manage/runner.ts") = await import(
    new URL("../../manage/runner.ts", import.meta.url).href
  );
  const { commandHandlers }: typeof import("./handlers/all.ts") = await import(
    new URL("./handlers/all.ts", import.meta.url).href
  );
  return runnerOf(commandHandlers(core, admin));
}
