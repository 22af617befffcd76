/** The options of `midge certs`: aMQTT's, of ca_creds, server_creds and device_creds. */
import type { OptionTable } from "../option_table.ts";

/** How long an authority is valid where nothing else is said. */
export const AUTHORITY_DAYS = 3650;
/** And any other certificate. */
export const LEAF_DAYS = 365;

/** Those of all three kinds of certificate. */
export const CERTS_OPTIONS = {
  cn: {
    names: ["cn"],
    value: "NAME",
    filled: true,
    help: "the common name; of a server its host name or address",
  },
  san: {
    names: ["san"],
    value: "NAME",
    filled: true,
    help: "of a server: one more host name, *.wildcard or address; may be\nrepeated",
  },
  "device-id": {
    names: ["device-id"],
    value: "ID",
    filled: true,
    help: "the device's id: the client id that certificate authentication\ncompares",
  },
  uri: {
    names: ["uri"],
    value: "DOMAIN",
    filled: true,
    help: "the domain in the device's SPIFFE id",
  },
  country: { names: ["country"], value: "CC", filled: true, help: "of the subject: two letters" },
  state: { names: ["state"], value: "NAME", filled: true, help: "of the subject" },
  locality: { names: ["locality"], value: "NAME", filled: true, help: "of the subject" },
  "org-name": { names: ["org-name"], value: "NAME", filled: true, help: "of the subject" },
  "output-dir": {
    names: ["output-dir"],
    value: "FOLDER",
    default: ".",
    filled: true,
    help: "where to write",
  },
  "ca-crt": {
    names: ["ca-crt"],
    value: "FILE",
    default: "ca.crt",
    filled: true,
    help: "the authority that signs",
  },
  "ca-key": {
    names: ["ca-key"],
    value: "FILE",
    default: "ca.key",
    filled: true,
    help: "and its key",
  },
  crl: {
    names: ["crl"],
    value: "FILE",
    default: "ca.crl",
    filled: true,
    help: "the list of what the authority has revoked",
  },
  days: {
    names: ["days"],
    value: "N",
    filled: true,
    help:
      `how long it is valid; default ${AUTHORITY_DAYS} for ca and revoke,\n${LEAF_DAYS} for the others`,
  },
  force: { names: ["force"], help: "replace files that are there" },
} as const satisfies OptionTable;
