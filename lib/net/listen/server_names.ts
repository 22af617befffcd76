/**
 * Which certificate a client gets, by the server that it names (SNI). Pure. Invariants: letters' case does not count; a
 * wildcard stands for one label; an exact name goes before a wildcard, an earlier certificate before a later one.
 */

/** Something that has names: `example.org`, `*.example.org`. */
export interface Named {
  readonly names: readonly string[];
}

/** The certificates of one listener by their names. */
export class ServerNames<Certificate extends Named> {
  readonly #first: Certificate;
  /** Is there one certificate, for every name? */
  readonly isSingle: boolean;
  readonly #byName = new Map<string, Certificate>();

  /** One certificate or more; the first one is for every name that no other has. */
  constructor(certificates: readonly [Certificate, ...Certificate[]]) {
    [this.#first] = certificates;
    this.isSingle = certificates.length === 1;
    for (const certificate of certificates) {
      for (const name of certificate.names.map((one) => one.toLowerCase())) {
        if (!this.#byName.has(name)) this.#byName.set(name, certificate);
      }
    }
  }

  /** @param name as the client says it; undefined or empty where it names no server */
  find(name: string | undefined): Certificate {
    if (name === undefined || name === "") return this.#first;
    const plain = name.toLowerCase().replace(/\.$/, "");
    const wildcard = `*${plain.slice(plain.indexOf("."))}`;
    return this.#byName.get(plain) ?? this.#byName.get(wildcard) ?? this.#first;
  }
}
