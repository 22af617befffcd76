/** What a person types here for `midge`. Invariant: what cannot be found out is `midge`. */
import { dirname, fromFileUrl, join } from "../config/paths.ts";

/** How this program was started. */
export interface Origin {
  /** Is it one executable? */
  readonly isStandalone: boolean;
  /** URL of main.ts. */
  readonly mainModule: string;
  /** The working directory. */
  readonly folder: string;
  /** Is there such a file? */
  readonly exists: (path: string) => boolean;
}

/** `midge` where it is installed; `./midge` in a clone, with its path elsewhere; `npx midge-broker`. */
export function commandNameOf({ isStandalone, mainModule, folder, exists }: Origin): string {
  if (isStandalone || !mainModule.startsWith("file:")) return "midge";
  const clone = dirname(fromFileUrl(mainModule));
  if (/[\\/]node_modules[\\/]/.test(clone)) return "npx midge-broker";
  if (!exists(join(clone, "midge"))) return "midge";
  return clone === folder ? "./midge" : join(clone, "midge");
}

/** The same of this process. */
export function commandName(): string {
  try {
    return commandNameOf({
      isStandalone: Deno.build.standalone,
      mainModule: Deno.mainModule,
      folder: Deno.cwd(),
      exists: (path) => Deno.statSync(path).isFile,
    });
  } catch {
    return "midge"; // no right to look, or nothing there
  }
}
