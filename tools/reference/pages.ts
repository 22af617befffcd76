/** The pages of docs/reference. Invariant: each is whole from the program's own tables; a test compares them with the files. */
import { commandsPage } from "./commands_page.ts";
import { configPage } from "./config_page.ts";
import { hooksPage } from "./hooks_page.ts";
import { reasonsPage } from "./reasons_page.ts";

const HOOK_TYPES = new URL("../../lib/plugin/hook_types.ts", import.meta.url);

/** By file name. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    "CONFIG.md": configPage(),
    "COMMANDS.md": await commandsPage(),
    "HOOKS.md": hooksPage(await Deno.readTextFile(HOOK_TYPES)),
    "REASONS.md": reasonsPage(),
  };
}
