/** Bytes of clients that are no certificates, or nearly: an answer each time, soon, and never a yes to what was not signed. */
import { assert, assertEquals } from "@std/assert";
import { ClientAuthorities } from "../../../lib/net/listen/client_authorities.ts";
import { Certificate } from "../../../lib/x509/certificate.ts";
import { RevocationList } from "../../../lib/x509/revocation_list.ts";
import { DerError } from "../../../lib/x509/der.ts";
import { pemBlocks } from "../../../lib/pem.ts";
import { cpuTime } from "../../support/cpu_time.ts";
import { optionalTest } from "../../support/optional.ts";
import { missingOpenssl, PKI_NOW } from "../../support/pki.ts";
import { pkiOfAllKinds } from "../../support/pki_of_all_kinds.ts";
import { Random } from "../../support/random.ts";

const ROUNDS = 4000;
/** Milliseconds of CPU; a verdict takes one or two, a search without bounds takes hours. */
const WORK_MS = 10_000;

optionalTest(
  missingOpenssl(),
  "any byte of a chain changed: refused with a sentence, in time",
  async () => {
    const pki = await pkiOfAllKinds();
    const judge = new ClientAuthorities({
      authorities: [pki.read("ca.pem")],
      crls: [pki.read("ca.crl"), pki.read("sub.crl")],
    });
    const chain = [pki.der("subclient"), pki.der("sub")];
    const random = new Random(11);
    let slowest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const which = random.below(2);
      const changed = chain.map((der, index) => index === which ? mutated(der, random) : der);
      const before = cpuTime();
      const verdict = judge.judge(changed, PKI_NOW);
      slowest = Math.max(slowest, cpuTime() - before);
      const refusal = "refusal" in verdict ? verdict.refusal : "";
      assert(refusal !== "", `round ${round}: what was changed is taken`);
      assert(/^[\x20-\x7e]{1,900}$/.test(refusal), `round ${round}: ${refusal}`);
    }
    assert(slowest < WORK_MS, `${slowest} ms`);
  },
);

optionalTest(
  missingOpenssl(),
  "lists of changed bytes are read, or not, with a sentence",
  async () => {
    const pki = await pkiOfAllKinds();
    const [list] = pemBlocks(pki.read("ca.crl"), "list");
    const random = new Random(12);
    for (let round = 0; round < ROUNDS; round++) {
      try {
        new RevocationList(mutated(list!, random));
      } catch (cause) {
        assert(cause instanceof DerError, `round ${round}: ${cause}`);
      }
    }
  },
);

optionalTest(
  missingOpenssl(),
  "authorities that all sign each other lead to no endless search",
  async () => {
    const pki = await pkiOfAllKinds();
    const judge = new ClientAuthorities({ authorities: [pki.read("sub.pem")], crls: [] });
    // Fifteen certificates with one name: each may have signed the client, and each other.
    const twins = await Promise.all(Array.from({ length: 15 }, async (_, index) => {
      const name = `mesh${index}`;
      const subject = "/CN=mesh";
      await pki.issue({
        name,
        subject,
        extensions: ["basicConstraints=CA:TRUE"],
        keyOf: "foreign",
      });
      return pki.der(name);
    }));
    await pki.issue({
      name: "meshclient",
      issuer: "mesh0",
      extensions: ["basicConstraints=CA:FALSE"],
    });
    const before = cpuTime();
    const verdict = judge.judge([pki.der("meshclient"), ...twins], PKI_NOW);
    assertEquals("refusal" in verdict, true);
    assert(cpuTime() - before < WORK_MS);
  },
);

optionalTest(missingOpenssl(), "a certificate that is cut off anywhere is none", async () => {
  const der = (await pkiOfAllKinds()).der("client");
  for (let length = 0; length < der.length; length++) {
    try {
      new Certificate(der.subarray(0, length));
      assert(false, `${length} bytes are a certificate`);
    } catch (cause) {
      assert(cause instanceof DerError, String(cause));
    }
  }
});

/** One to four bytes changed, or some taken out, or put in twice. */
function mutated(der: Uint8Array, random: Random): Uint8Array {
  const kind = random.below(4);
  const from = random.below(der.length);
  const some = der.subarray(from, from + 1 + random.below(8));
  const [head, tail] = [der.subarray(0, from), der.subarray(from + some.length)];
  if (kind === 0) return Uint8Array.from([...head, ...tail]);
  if (kind === 1) return Uint8Array.from([...head, ...some, ...some, ...tail]);
  const changed = der.slice();
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(changed.length);
    changed[at] = changed[at]! ^ 1 + random.below(255);
  }
  return changed.every((byte, at) => byte === der[at]) ? mutated(der, random) : changed;
}
