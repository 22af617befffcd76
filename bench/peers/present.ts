/** Which of the peers are there. */
import type { Peer } from "./programs.ts";

/** Is the broker there, with what it needs? @param folder of the peers */
export async function isPresent(
  { program, installed }: Pick<Peer, "program" | "installed">,
  folder: string,
): Promise<boolean> {
  if (installed !== undefined && !exists(`${folder}/${installed}`)) return false;
  return [program, `${folder}/${program}`].some(exists) || await isOnPath(program);
}

/** Is a program of that name on the PATH? */
export async function isOnPath(program: string): Promise<boolean> {
  if (program.includes("/")) return false;
  const found = await new Deno.Command("which", { args: [program], stdout: "null" }).output();
  return found.success;
}

function exists(path: string): boolean {
  try {
    return path.startsWith("/") && Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}
