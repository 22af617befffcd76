/** Exchanges of SCRAM from elsewhere: user `user`, password `pencil`, 4,096 iterations. */

/** A mechanism's messages, and what is made of them. */
export interface ScramExample {
  readonly source: string;
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly clientFirst: string;
  readonly serverNonce: string;
  /** Base64. */
  readonly salt: string;
  readonly serverFirst: string;
  readonly clientFinal: string;
  /** Base64. */
  readonly proof: string;
  readonly authMessage: string;
  /** Base64. */
  readonly signature: string;
}

const CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";

function example(
  source: string,
  mechanism: ScramExample["mechanism"],
  [serverNonce, salt, proof, signature]: readonly [string, string, string, string],
): ScramExample {
  const nonce = `${CLIENT_NONCE}${serverNonce}`;
  const serverFirst = `r=${nonce},s=${salt},i=4096`;
  const withoutProof = `c=biws,r=${nonce}`;
  return {
    source,
    mechanism,
    clientFirst: `n,,n=user,r=${CLIENT_NONCE}`,
    serverNonce,
    salt,
    serverFirst,
    clientFinal: `${withoutProof},p=${proof}`,
    proof,
    authMessage: `n=user,r=${CLIENT_NONCE},${serverFirst},${withoutProof}`,
    signature,
  };
}

/** RFC 7677, section 3; of SHA-512, which no RFC has an example of, the one that Apache Qpid's and others' tests share. */
export const SCRAM_EXAMPLES: readonly ScramExample[] = [
  example("RFC 7677, section 3", "SCRAM-SHA-256", [
    "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    "W22ZaJ0SNY7soEsUEjb6gQ==",
    "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  ]),
  example("SHA-512, as Apache Qpid has it", "SCRAM-SHA-512", [
    "02431b08-2f89-4bad-a4e6-80c0564ec865",
    "Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88=",
    "Hc5yec3NmCD7t+kFRw4/3yD6/F3SQHc7AVYschRja+Bc3sbdjlA0eH1OjJc0DD4ghn1tnXN5/Wr6qm9xmaHt4A==",
    "BQuhnKHqYDwQWS5jAw4sZed+C9KFUALsbrq81bB0mh+bcUUbbMPNNmBIupnS2AmyyDnG5CTBQtkjJ9kyY4kzmw==",
  ]),
];
