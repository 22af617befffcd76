/**
 * A listener's `acme`, and what all of them need together. Pure. Invariants: one folder has the certificate of one
 * section; the port that names are proven on is no listener's.
 */
import { ACME_KEYS } from "./acme_keys.ts";
import { overlapOf } from "./overlap.ts";
import { join, resolve } from "./paths.ts";
import type { KeyPath, Problems } from "./problems.ts";
import { readSection } from "./table.ts";
import type { AcmeConfig, ListenerConfig } from "./types.ts";

/** Where the section stands, and what paths in it are relative to. */
interface Place {
  readonly path: KeyPath;
  readonly directory: string;
  readonly dataDir: string;
}

/** Reads one section; undefined where it names nothing that a certificate could be for. */
export function readAcme(raw: unknown, place: Place, problems: Problems): AcmeConfig | undefined {
  const path = [...place.path, "acme"];
  const found = problems.errors.length;
  const values = readSection(ACME_KEYS, raw, path, problems);
  const { domains, email, directory, httpPort, cafile, eabKid, eabHmacKey } = values;
  const isAlone = (eabKid === undefined) !== (eabHmacKey === undefined);
  if (problems.errors.length === found && isAlone) {
    problems.add(path, "expected eab_kid and eab_hmac_key, or neither: one goes with the other");
  }
  if (domains === undefined) {
    if (problems.errors.length === found) {
      problems.add([...path, "domains"], "expected the names that the certificate is for");
    }
    return undefined;
  }
  const accountFolder = join(place.dataDir, "acme", folderName(directory));
  return {
    domains,
    email,
    directory,
    httpPort,
    cafile: cafile === undefined ? undefined : resolve(place.directory, cafile),
    externalAccount: eabKid === undefined || eabHmacKey === undefined
      ? undefined
      : { keyId: eabKid, hmacKey: eabHmacKey },
    accountFolder,
    folder: join(accountFolder, domains[0]!),
  };
}

/** A directory as the name of a folder, for each has accounts of its own. */
function folderName(directory: string): string {
  const { host, pathname } = new URL(directory);
  return `${host}${pathname}`.replaceAll(/[^\w.-]+/g, "_").replace(/_$/, "");
}

/** Reports sections that contradict each other, and ports that listeners have. */
export function reportAcme(listeners: readonly ListenerConfig[], problems: Problems): void {
  const owners = new Map<string, ListenerConfig>();
  for (const listener of listeners) {
    const acme = listener.tls?.acme;
    if (acme === undefined) continue;
    const path = ["listeners", listener.name, "acme"];
    const taker = listeners.find((other) => takes(other, acme.httpPort));
    if (taker !== undefined) {
      problems.add([...path, "http_port"], `${acme.httpPort} belongs to listener ${taker.name}`);
    }
    const owner = owners.get(acme.folder) ?? listener;
    owners.set(acme.folder, owner);
    if (JSON.stringify(owner.tls?.acme) === JSON.stringify(acme)) continue;
    problems.add(
      path,
      `begins with ${
        acme.domains[0]
      }, as that of listener ${owner.name} does; expected the same keys`,
    );
  }
}

function takes({ socketFile, hostname, port }: ListenerConfig, httpPort: number): boolean {
  if (socketFile !== undefined || port !== httpPort) return false;
  return hostname === "localhost" ||
    overlapOf({ hostname: "::", port }, { hostname, port }) !== undefined;
}
