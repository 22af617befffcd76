/**
 * The table of `acme`, a certificate that the broker gets itself (RFC 8555), in a listener with TLS. Invariant: names
 * are in lower case and ASCII, and such as http-01 can prove.
 */
import { field, path, text } from "./fields.ts";
import { show } from "./problems.ts";
import { key } from "./table.ts";

/** Authorities by a word of their own. */
const DIRECTORIES: Readonly<Record<string, string>> = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
};

/** What public authorities put into one certificate. */
const MAX_NAMES = 100;
const MAX_NAME_LENGTH = 253;
const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;
const EXPECTED_NAMES = 'a list of names such as ["mqtt.example.org"]';

/** The name as certificates have it; an Error says what is wrong with it. */
function readName(value: unknown): string | Error {
  const wrong = (what: string) => new Error(`got ${show(value)}, ${what}`);
  if (typeof value !== "string") return wrong(`expected ${EXPECTED_NAMES}`);
  if (value.includes("*")) {
    return wrong("a wildcard, which http-01 cannot prove; expected the name of each host");
  }
  if (/^[\d.]+$|:/.test(value)) {
    return wrong("an address, or a name with a port; expected a name such as mqtt.example.org");
  }
  const { hostname = "" } = URL.parse(`http://${value}/`) ?? {};
  const isOne = /^[^/?#@\\\s]+$/.test(value) && NAME.test(hostname);
  if (isOne && hostname.length <= MAX_NAME_LENGTH) return hostname;
  return wrong("expected a name such as mqtt.example.org");
}

const names = field<string[]>((value) => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const read = value.map(readName);
  const wrong = read.find((one) => one instanceof Error);
  if (wrong !== undefined) return wrong;
  const different = [...new Set(read.map(String))];
  if (different.length <= MAX_NAMES) return different;
  return new Error(`got ${different.length} names, expected ${MAX_NAMES} at most`);
}, EXPECTED_NAMES);

const directory = field<string>((value) => {
  if (typeof value !== "string") return undefined;
  if (Object.hasOwn(DIRECTORIES, value)) return DIRECTORIES[value];
  const url = URL.parse(value);
  return url?.protocol === "https:" && url.username === "" ? url.href : undefined;
}, "letsencrypt, staging (of Let's Encrypt, for trying out), or the https URL of a directory");

const port = field<number>(
  (value) =>
    Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535
      ? Number(value)
      : undefined,
  "a port from 1 to 65535",
);

/** Refused with a sentence: people know it from elsewhere. */
const noTlsPort = field<number>(
  () => new Error("tls-alpn-01 is not done here; expected http_port: names are proven by http-01"),
  "nothing",
);

const base64Url = field<string>(
  (value) => typeof value === "string" && /^[\w-]+=*$/.test(value) ? value : undefined,
  "a text in base64url, as the authority shows it",
  { isSecret: true },
);

/** One `acme`. */
export const ACME_KEYS = {
  domains: key({
    type: names,
    shown: "active",
    example: ["mqtt.example.org"],
    doc: "The names that the certificate is for; each must lead to this machine.",
  }),
  email: key({
    type: text,
    example: "admin@example.org",
    doc: "Where the authority can reach you; few ask for it.",
  }),
  directory: key({
    type: directory,
    default: "letsencrypt",
    doc:
      "letsencrypt, staging (of Let's Encrypt, for trying out), or the URL of another authority's directory.",
  }),
  http_port: key({
    type: port,
    default: 80,
    doc: "The authority asks on port 80. Another port is for a proxy or a firewall that forwards " +
      "/.well-known/acme-challenge/ to it.",
  }),
  tls_port: key({ type: noTlsPort, shown: "hidden" }),
  cafile: key({
    type: path,
    example: "certs/step_ca.crt",
    doc:
      "Who signed the certificate of the directory itself, where that is an authority of your own (PEM).",
  }),
  eab_kid: key({
    type: text,
    doc: "External account binding, for authorities that ask for it: the key's name ...",
  }),
  eab_hmac_key: key({ type: base64Url, doc: "... and the key." }),
};
