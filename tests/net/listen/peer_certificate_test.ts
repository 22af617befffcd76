/** Whom a certificate names: the subject as EMQ X writes it, common names, alternative names; and what is no name. */
import { assertEquals } from "@std/assert";
import { peerCertificate } from "../../../lib/net/listen/peer_certificate.ts";
import type { PeerCertificate } from "../../../lib/net/stream.ts";
import { Certificate } from "../../../lib/x509/certificate.ts";
import { optionalTest } from "../../support/optional.ts";
import { missingOpenssl, Pki } from "../../support/pki.ts";

const NO_NAMES = { emails: undefined, dnsNames: undefined, uris: undefined };

/** What openssl is given, what is read. */
const CASES: readonly {
  readonly title: string;
  readonly subject?: string;
  readonly extensions?: readonly string[];
  readonly expected: Partial<PeerCertificate>;
}[] = [
  {
    title: "the last part of the subject comes first",
    subject: "/C=DE/O=Org/CN=d7",
    expected: { commonName: "d7", subject: "CN=d7,O=Org,C=DE" },
  },
  {
    title: "what RFC 4514 escapes, and what EMQ X does beside it",
    subject: '/O= a,b;"c" <d>\\\\e~é/CN=#d\\+7 ',
    expected: {
      commonName: "#d+7 ",
      subject: 'CN=\\#d\\+7\\ ,O=\\ a\\,b\\;\\"c\\" \\<d\\>\\\\e\\7E\\C3\\A9',
    },
  },
  {
    title: "parts of several values, and kinds by their numbers",
    subject: "/DC=org/UID=u7+CN=d7",
    expected: { commonName: "d7", subject: "CN=d7+UID=u7,DC=org" },
  },
  {
    title: "two common names are none",
    subject: "/CN=admin/CN=d7",
    expected: { commonName: "", subject: "CN=d7,CN=admin" },
  },
  {
    title: "no common name",
    subject: "/O=Org",
    expected: { commonName: "", subject: "O=Org" },
  },
  {
    title: "control characters make no common name",
    subject: "/CN=d7\u0007x",
    expected: { commonName: "", subject: "CN=d7\\07x" },
  },
  {
    title: "nor do those that turn the text around",
    subject: "/CN=d7\u202ex",
    expected: { commonName: "", subject: "CN=d7\\E2\\80\\AEx" },
  },
  {
    title: "letters of any alphabet do",
    subject: "/CN=Gerät ٧",
    expected: { commonName: "Gerät ٧", subject: "CN=Ger\\C3\\A4t \\D9\\A7" },
  },
  {
    title: "alternative names by kind, in order",
    extensions: [
      "subjectAltName=email:a@b.c,URI:spiffe://x/1,DNS:one,URI:spiffe://x/2,DNS:two,IP:::1",
    ],
    expected: {
      emails: ["a@b.c"],
      uris: ["spiffe://x/1", "spiffe://x/2"],
      dnsNames: ["one", "two"],
    },
  },
  {
    title: "a name with another in it is one name (CVE-2021-44532)",
    extensions: [
      "subjectAltName=@names",
      "[names]",
      "URI.1=http://x/?a\\,DNS:admin",
      "DNS.1=a\\,DNS:b",
    ],
    expected: { uris: ["http://x/?a,DNS:admin"], dnsNames: ["a,DNS:b"] },
  },
  {
    title: "a blank is in no alternative name, and its neighbours are not believed",
    extensions: ["subjectAltName=@names", "[names]", "DNS.1=good", 'DNS.2="b ad"', "email=a@b.c"],
    expected: { dnsNames: undefined, emails: ["a@b.c"] },
  },
];

optionalTest(missingOpenssl(), "the names of a certificate", async (test) => {
  using pki = await Pki.make();
  for (const [index, { title, subject = "/CN=d7", extensions, expected }] of CASES.entries()) {
    await test.step(title, async () => {
      const name = `c${index}`;
      await pki.issue({ name, subject, ...(extensions && { extensions }) });
      const read = peerCertificate(new Certificate(pki.der(name)));
      assertEquals(read, { ...plain(subject, read), ...NO_NAMES, ...expected });
    });
  }
  await test.step("NUL in a name", async () => {
    await pki.issue({ name: "nul", subject: "/CN=d7.x", extensions: ["subjectAltName=DNS:d7.x"] });
    const der = pki.der("nul");
    for (let at = 0; at < der.length; at++) {
      if (new TextDecoder().decode(der.subarray(at, at + 4)) === "d7.x") der[at + 2] = 0;
    }
    assertEquals(peerCertificate(new Certificate(der)), {
      ...NO_NAMES,
      commonName: "",
      subject: "CN=d7\\00x",
    });
  });
});

/** What a case says nothing of. */
function plain(subject: string, read: PeerCertificate): PeerCertificate {
  return subject === "/CN=d7" ? { commonName: "d7", subject: "CN=d7" } : read;
}
