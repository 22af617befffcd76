/** Peers as brokers under comparison, and the option `--peers [FOLDER]`. */
import type { BrokerKind } from "../brokers.ts";
import { cacheFolder, installPeers, presentPeers } from "./install.ts";
import { PeerProcess } from "./process.ts";
import type { Peer } from "./programs.ts";

/** `--peers` may stand without a folder: then "" is put behind it, which parseArgs can read. */
export function withPeersFolder(args: readonly string[]): string[] {
  return args.flatMap((word, i) => {
    const next = args[i + 1];
    return word === "--peers" && (next === undefined || next.startsWith("-")) ? [word, ""] : [word];
  });
}

/** Where the peers are that `--peers` asks for; "": in the user's cache. */
export function folderOf(given: string | undefined): string | undefined {
  return given === "" ? cacheFolder((name) => Deno.env.get(name)) : given;
}

/**
 * What `--peers` asks for: those in its folder; without one, those that registries have, which are installed at first.
 * @param folder undefined: the option was not there
 */
export async function peerKinds(
  folder: string | undefined,
  note: (text: string) => void,
): Promise<BrokerKind[]> {
  const path = folderOf(folder);
  if (path === undefined) return [];
  if (folder === "") await installPeers(path, note);
  return (await presentPeers(path, note)).map((peer) => peerKind(path, peer));
}

/** A peer in a folder; it has the plain listener alone. */
function peerKind(folder: string, peer: Peer): BrokerKind {
  return {
    name: peer.name,
    fresh: true,
    doors: ["tcp"],
    async start() {
      const process = await PeerProcess.make(folder, peer);
      const { pid, target: _target, address } = await process.start().catch(async (error) => {
        await process[Symbol.asyncDispose]();
        throw error;
      });
      const stop = () => process[Symbol.asyncDispose]();
      const { name, keepAlive } = peer;
      return { name, address, addressOf: () => address, pid, keepAlive, stop, kill: stop };
    },
  };
}
