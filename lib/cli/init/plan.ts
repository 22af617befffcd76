/**
 * What `midge init` is to write, and what it has written. Invariant: a plan has everything that was asked; to carry it
 * out asks nothing more.
 */

/** What stands in the new configuration. */
export interface InitPlan {
  /** The folder of config.yaml; relative to the working directory. It is made where it is missing. */
  readonly folder: string;
  /** `HOST:PORT` of MQTT without TLS; undefined: none. */
  readonly plain: string | undefined;
  /** MQTT over TLS, with a new authority and a certificate signed by it; undefined: none. */
  readonly tls: TlsPlan | undefined;
  /** The first user, who is an admin of the page too; undefined: who reaches the broker may connect. */
  readonly user: FirstUser | undefined;
  /** The profile of modest buffers for small boards. */
  readonly edge: boolean;
  /** `data_dir`, as the file is to say it; undefined: `data` beside the file. */
  readonly dataDir: string | undefined;
  /** `management.path`, as the file is to say it; undefined: `midge.sock` in `data_dir`. */
  readonly managementPath: string | undefined;
  /** Is a token for the page made? It is kept in `data_dir`, as a digest. */
  readonly hasToken: boolean;
}

/** TLS of the new configuration. */
export interface TlsPlan {
  /** `HOST:PORT`. */
  readonly bind: string;
  /** Host names and addresses that the certificate is valid for; the first is its common name. One or more. */
  readonly names: readonly string[];
}

/** The one user that there is in the beginning. */
export interface FirstUser {
  readonly name: string;
  /** As it goes over the wire. */
  readonly password: Uint8Array;
}

/** What was written. */
export interface InitResult {
  /** Paths, config.yaml first. */
  readonly files: readonly string[];
  /** The token for the page, which is nowhere else; undefined: none was asked for. */
  readonly token: string | undefined;
}

/** A plan with nothing but its folder: MQTT on every address, no TLS, no user, `data` beside the file, a token. */
export function simplePlan(folder: string): InitPlan {
  return {
    folder,
    plain: "0.0.0.0:1883",
    tls: undefined,
    user: undefined,
    edge: false,
    dataDir: undefined,
    managementPath: undefined,
    hasToken: true,
  };
}
