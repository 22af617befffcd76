/** Clients before authorities: what is sent, what is given, and the sentence. A name is one of support/pki_of_all_kinds.ts. */

/** One client before one set of authorities. */
export interface ClientCase {
  readonly title: string;
  /** Names of certificates as they are sent. */
  readonly sent: readonly string[];
  /** Names of the authorities' certificates; default: the root. */
  readonly authorities?: readonly string[];
  readonly lists?: readonly string[];
  readonly now?: number;
  /** Undefined: it is taken. */
  readonly refusal?: RegExp;
  /** Where openssl verify says something else, and why. */
  readonly differs?: string;
  /** Arguments of openssl verify. */
  readonly flags?: readonly string[];
}

/** All of them. */
export const CLIENT_CASES: readonly ClientCase[] = [
  { title: "a client of the root", sent: ["client"] },
  { title: "a client of an intermediate", sent: ["subclient", "sub"] },
  { title: "the root is sent too", sent: ["subclient", "sub", "ca"] },
  {
    title: "in any order, with what does not belong there",
    sent: ["subclient", "foreign", "ca", "sub"],
  },
  { title: "its own twice", sent: ["client", "client"] },
  { title: "twice the same intermediate", sent: ["subclient", "sub", "sub"] },
  { title: "the intermediate is known", sent: ["subclient"], authorities: ["ca", "sub"] },
  {
    title: "the intermediate alone is trusted",
    sent: ["subclient"],
    authorities: ["sub"],
    flags: ["-partial_chain"],
  },
  {
    title: "of the intermediate's siblings none is, then",
    sent: ["client"],
    authorities: ["sub"],
    refusal: /^no authority of cafile has signed the certificate CN=client: its issuer CN=ca/,
    flags: ["-partial_chain"],
  },
  { title: "RSA", sent: ["rsa"], authorities: ["rsaca"] },
  { title: "RSA-PSS", sent: ["pss"], authorities: ["rsaca"] },
  {
    title: "RSA-PSS with a salt of another length",
    sent: ["otherpss"],
    authorities: ["rsaca"],
    refusal:
      /CN=otherpss is signed in a way that Midge does not know \(1\.2\.840\.113549\.1\.1\.10\)$/,
    differs: "OpenSSL takes any length",
  },
  { title: "Ed25519", sent: ["ed25519"], authorities: ["edca"] },
  { title: "P-384 and SHA-384", sent: ["p384"], authorities: ["p384ca"] },
  { title: "without usages: for anything", sent: ["anyuse"] },
  {
    title: "anyExtendedKeyUsage",
    sent: ["anyeku"],
    differs: "OpenSSL wants clientAuth by name; RFC 5280 says that any is all",
  },
  { title: "an authority that renewed itself", sent: ["renewedclient", "renewed"] },
  { title: "dates of GeneralizedTime", sent: ["far"] },
  {
    title: "the root itself as a client",
    sent: ["ca"],
    refusal: /CN=ca,O=Org may not sign, as a client/,
  },
  {
    title: "the intermediate was not sent",
    sent: ["subclient"],
    refusal: /CN=subclient: its issuer CN=sub is not there, nor was it sent$/,
  },
  {
    title: "foreign",
    sent: ["foreignclient", "foreign"],
    refusal:
      /^no authority of cafile has signed the certificate CN=foreignclient: CN=foreign is self-signed, and is not there$/,
  },
  {
    title: "foreign, of an authority with the root's name",
    sent: ["twinclient"],
    refusal: /^the certificate CN=twinclient was not signed by CN=ca,O=Org, as it says$/,
  },
  {
    title: "self-signed",
    sent: ["selfsigned"],
    refusal: /CN=selfsigned: CN=selfsigned is self-signed, and is not there$/,
  },
  {
    title: "an intermediate that the root did not sign",
    sent: ["forgedclient", "forged"],
    refusal: /^the certificate CN=forged was not signed by CN=ca,O=Org, as it says$/,
  },
  {
    title: "expired",
    sent: ["expired"],
    refusal: /^the certificate CN=expired has expired on 2026-01-02$/,
  },
  {
    title: "not yet valid",
    sent: ["future"],
    refusal: /^the certificate CN=future is not valid before 2027-01-02T00:00:00.000Z$/,
  },
  {
    title: "of an intermediate that has expired",
    sent: ["oldsubclient", "oldsub"],
    refusal: /^the authority CN=oldsub has expired on 2026-01-02$/,
  },
  {
    title: "of a root that has expired",
    sent: ["client"],
    now: Date.UTC(2036, 0, 1),
    refusal: /CN=client has expired on 2035-01-01$/,
  },
  {
    title: "for servers only",
    sent: ["server"],
    refusal:
      /^the certificate CN=server is for servers only \(extendedKeyUsage has no clientAuth\)$/,
  },
  { title: "for mail", sent: ["mail"], refusal: /CN=mail is not for clients \(extendedKeyUsage/ },
  {
    title: "its key may encipher only",
    sent: ["encipher"],
    refusal: /CN=encipher may not sign, as a client has to \(keyUsage has no digitalSignature\)$/,
  },
  {
    title: "of an intermediate for servers",
    sent: ["serversubclient", "serversub"],
    refusal: /^the authority CN=serversub is for servers only/,
  },
  {
    title: "X.509 version 1",
    sent: ["v1"],
    refusal: /^the certificate CN=v1 is of X.509 version 1, expected 3$/,
    differs: "OpenSSL takes version 1",
  },
  {
    title: "signed by a client",
    sent: ["leafsigned", "client"],
    refusal:
      /^the authority CN=client may not sign certificates \(basicConstraints has no CA:TRUE\)$/,
  },
  {
    title: "signed by an authority that may not sign",
    sent: ["nosignclient", "nosign"],
    refusal: /^the authority CN=nosign may not sign certificates \(keyUsage has no keyCertSign\)$/,
  },
  {
    title: "more authorities than pathLen allows",
    sent: ["deepclient", "deep", "short"],
    refusal: /^the authority CN=short allows 0 authorities below it, and there are 1 \(pathLen\)$/,
  },
  { title: "as many as pathLen allows", sent: ["shortclient", "short"] },
  {
    title: "SHA-1",
    sent: ["sha1"],
    refusal: /^the certificate CN=sha1 is signed with SHA-1, which is broken$/,
    differs: "openssl verify looks at this with -auth_level only",
  },
  {
    title: "MD5",
    sent: ["md5"],
    authorities: ["rsaca"],
    refusal: /^the certificate CN=md5 is signed with MD5, which is broken$/,
    differs: "openssl verify looks at this with -auth_level only",
  },
  {
    title: "of an intermediate with SHA-1",
    sent: ["sha1subclient", "sha1sub"],
    refusal: /^the certificate CN=sha1sub is signed with SHA-1, which is broken$/,
    differs: "openssl verify looks at this with -auth_level only",
  },
  {
    title: "of an intermediate with a small key",
    sent: ["smallclient", "small"],
    refusal: /^the authority CN=small has a key that cannot be used: expected RSA of 2048/,
    differs: "openssl verify looks at this with -auth_level only",
  },
  {
    title: "a critical extension that is not known",
    sent: ["critical"],
    refusal:
      /^the certificate CN=critical has a critical extension that Midge does not know \(1\.2\.3\.4\)$/,
  },
  { title: "one that is not critical", sent: ["uncritical"] },
  {
    title: "name constraints",
    sent: ["constrainedclient", "constrained"],
    refusal: /^the authority CN=constrained has nameConstraints, which Midge does not check$/,
    differs: "OpenSSL works them out",
  },
  { title: "nothing was revoked", sent: ["client"], lists: ["empty"] },
  { title: "another one was revoked", sent: ["client"], lists: ["ca"] },
  {
    title: "revoked",
    sent: ["revoked"],
    lists: ["ca"],
    refusal: /^the certificate CN=revoked was revoked by CN=ca,O=Org$/,
  },
  {
    title: "the newest list counts",
    sent: ["revoked"],
    lists: ["ca", "newer"],
    refusal: /was revoked/,
  },
  {
    title: "the newest list counts, in any order",
    sent: ["revoked"],
    lists: ["newer", "empty"],
    refusal: /was revoked/,
  },
  {
    title: "revoked by an intermediate",
    sent: ["revokedsub", "sub"],
    lists: ["ca", "sub"],
    refusal: /^the certificate CN=revokedsub was revoked by CN=sub$/,
  },
  {
    title: "of an intermediate that was revoked",
    sent: ["badsubclient", "badsub"],
    lists: ["ca", "badsub"],
    refusal: /^the certificate CN=badsub was revoked by CN=ca,O=Org$/,
    flags: ["-crl_check_all"],
  },
  { title: "of an intermediate, the root has no list", sent: ["subclient", "sub"], lists: ["sub"] },
  {
    title: "the list of the issuer is missing",
    sent: ["subclient", "sub"],
    lists: ["ca"],
    refusal: /^it is not known whether CN=subclient was revoked: crlfile has no list of CN=sub$/,
  },
  {
    title: "the list is outdated",
    sent: ["client"],
    lists: ["outdated"],
    refusal:
      /^it is not known whether CN=client was revoked: the list of CN=ca,O=Org in crlfile is outdated since 2026-05-20$/,
  },
  {
    title: "revoked by a list that is outdated",
    sent: ["revoked"],
    lists: ["outdated"],
    refusal: /^the certificate CN=revoked was revoked/,
  },
  {
    title: "the list is of tomorrow",
    sent: ["client"],
    lists: ["early"],
    refusal: /whether CN=client was revoked: .* is not valid before 2026-06-15T00:00:00.000Z$/,
  },
  {
    title: "the list is of another authority with this name",
    sent: ["client"],
    lists: ["twin"],
    refusal:
      /whether CN=client was revoked: the list of CN=ca,O=Org in crlfile was not signed by it$/,
  },
  {
    title: "the list is signed with SHA-1",
    sent: ["client"],
    lists: ["sha1"],
    refusal: /the list of CN=ca,O=Org in crlfile is signed with SHA-1, which is broken$/,
    differs: "openssl verify looks at this with -auth_level only",
  },
  {
    title: "the authority may not sign lists",
    sent: ["nolistclient", "nolist"],
    lists: ["nolist"],
    refusal: /CN=nolist may not sign lists \(keyUsage has no cRLSign\)$/,
  },
];
