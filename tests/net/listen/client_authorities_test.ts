/** Clients' certificates: which are taken, and the sentence for each that is not; openssl verify agrees where it can. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ClientAuthorities } from "../../../lib/net/listen/client_authorities.ts";
import { optionalTest } from "../../support/optional.ts";
import { missingOpenssl, PKI_NOW, tryOpenssl } from "../../support/pki.ts";
import { CLIENT_CASES } from "./client_cases.ts";
import { pkiOfAllKinds } from "../../support/pki_of_all_kinds.ts";

optionalTest(missingOpenssl(), "certificates of every kind", async (test) => {
  const pki = await pkiOfAllKinds();
  for (const one of CLIENT_CASES) {
    await test.step(one.title, async () => {
      const { sent, authorities = ["ca"], lists = [], now = PKI_NOW } = one;
      const texts = (names: readonly string[], ending: string) =>
        names.map((name) => pki.read(`${name}.${ending}`));
      const judge = new ClientAuthorities({
        authorities: texts(authorities, "pem"),
        crls: texts(lists, "crl"),
      });
      const verdict = judge.judge(sent.map((name) => pki.der(name)), now);
      assertEquals(judge.judge(sent.map((name) => pki.der(name)), now), verdict, "the second time");
      if (one.refusal === undefined) assertEquals("refusal" in verdict && verdict.refusal, false);
      else assertMatch("refusal" in verdict ? verdict.refusal : "it is taken", one.refusal);

      await Deno.writeTextFile(`${pki.folder}/anchors`, texts(authorities, "pem").join(""));
      await Deno.writeTextFile(`${pki.folder}/others`, texts(sent.slice(1), "pem").join(""));
      await Deno.writeTextFile(`${pki.folder}/lists`, texts(lists, "crl").join(""));
      const { success, output } = await tryOpenssl([
        ...["verify", "-no-CApath", "-no-CAstore", "-CAfile", "anchors"],
        ...(sent.length > 1 ? ["-untrusted", "others"] : []),
        ...(lists.length > 0 ? ["-crl_check", "-CRLfile", "lists"] : []),
        ...["-purpose", "sslclient", "-attime", String(now / 1000), ...(one.flags ?? [])],
        `${sent[0]}.pem`,
      ], pki.folder);
      const agrees = success === (one.refusal === undefined);
      assertEquals(agrees, one.differs === undefined, `openssl says: ${output}`);
    });
  }
});

optionalTest(
  missingOpenssl(),
  "what is sent is bounded, and nothing of it is believed",
  async () => {
    const pki = await pkiOfAllKinds();
    const judge = new ClientAuthorities({ authorities: [pki.read("ca.pem")], crls: [] });
    const client = pki.der("client");
    const refusalOf = (chain: readonly Uint8Array[]) => {
      const verdict = judge.judge(chain, PKI_NOW);
      return "refusal" in verdict ? verdict.refusal : undefined;
    };
    assertEquals(refusalOf([]), "no certificate was sent");
    assertEquals(refusalOf([client, new Uint8Array([1, 2, 3]), new Uint8Array(0)]), undefined);
    assertMatch(
      refusalOf(Array(17).fill(client))!,
      /^17 certificates were sent, expected at most 16$/,
    );
    assertMatch(refusalOf([new Uint8Array(16_385)])!, /cannot be read: it has 16385 bytes/);
    assertMatch(refusalOf([client.subarray(0, -1)])!, /cannot be read: it is cut off$/);
    assertMatch(refusalOf([new Uint8Array([...client, 0])])!, /cannot be read: something follows/);
  },
);

optionalTest(
  missingOpenssl(),
  "authorities that are no use are said, and refused where none is left",
  async () => {
    const pki = await pkiOfAllKinds();
    const read = (...names: string[]) => names.map((name) => pki.read(name));
    const of = (authorities: string[], crls: string[] = []) =>
      new ClientAuthorities({ authorities, crls });
    const both = read("ca.pem", "client.pem").join("\nsome words\n");
    assertEquals(of([both]).remarks(PKI_NOW), [
      "the certificate CN=client may not sign certificates (basicConstraints has no CA:TRUE); it is not used",
    ]);
    assertEquals(of(read("ca.pem"), read("outdated.crl")).remarks(PKI_NOW), [
      "the list of CN=ca,O=Org in crlfile is outdated since 2026-05-20; clients that it has signed itself are refused",
    ]);
    assertEquals(of(read("ca.pem"), read("sub.crl")).remarks(PKI_NOW), [
      "crlfile has no list of CN=ca,O=Org; clients that it has signed itself are refused",
    ]);
    assertEquals(of(read("ca.pem")).remarks(Date.UTC(2036, 0, 1)), [
      "the authority CN=ca,O=Org has expired on 2035-01-01",
    ]);
    assertThrows(() => of(read("client.pem")), Error, "CN=client may not sign certificates");
    assertThrows(() => of(["words"]), Error, "expected PEM text (-----BEGIN ...)");
    assertThrows(() => of(read("ca.key")), Error, "expected a certificate in PEM");
    assertThrows(
      () => of(read("ca.pem"), read("ca.pem")),
      Error,
      "expected a revocation list in PEM",
    );
    const damaged = pki.read("ca.pem").replace("-----END", "-----");
    assertThrows(() => of([damaged]), Error, "a block of it is damaged");
    const wrong = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assertThrows(
      () => of([pki.read("ca.pem") + wrong]),
      Error,
      "certificate 2 cannot be read: tag 0x00",
    );
  },
);
