/** A broker's folder that an earlier Midge has made: configuration, users, rules, store, bans, tokens. */
import type { TempFolder } from "../support/midge_process.ts";

/** What it was given when it was made. */
export const MADE: { readonly token: string; readonly user: string; readonly password: string } = {
  token: "midge_kdnqkClubkl28Cymxbs2gaPdOyJay8ffMcqrNsbmJJ8",
  user: "bob",
  password: "secret",
};

/**
 * Unpacks it, as commit 635e796 of November 2026 (0.1.0, before store headers and JSON files said who wrote them) left it.
 * @returns the path of its configuration
 */
export async function oldBrokerIn(folder: TempFolder, name = "old"): Promise<string> {
  const path = `${folder.path}/${name}`;
  await Deno.mkdir(path);
  const file = new URL("./made_by_0.1.tar.gz", import.meta.url).pathname;
  const args = ["xzf", file, "-C", path, "--no-same-owner"];
  const { success } = await new Deno.Command("tar", { args }).output();
  if (!success) throw new Error("tar could not unpack the fixture");
  return `${path}/config.yaml`;
}
