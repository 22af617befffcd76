/**
 * What a certificate of X.509 v3 says beside its names and its key. Pure. Invariants: each extension stands once; one
 * that is critical and not understood is named, never passed over.
 */
import {
  booleanOf,
  contextTag,
  DerError,
  DerReader,
  flagOf,
  oidOf,
  onlyElement,
  smallNumberOf,
  Tag,
} from "./der.ts";
import { ascii } from "./text.ts";

/** Extensions by OID. */
export type Extensions = ReadonlyMap<string, Extension>;

interface Extension {
  readonly isCritical: boolean;
  /** DER. */
  readonly value: Uint8Array;
}

/** A certificate's. */
export interface CertificateExtensions {
  /** basicConstraints: may it sign certificates? */
  readonly isAuthority: boolean;
  /** How many authorities may stand below it; Infinity: any number. */
  readonly pathLength: number;
  /** Undefined: for anything. */
  readonly keyUsage: KeyUsage | undefined;
  /** extKeyUsage; undefined: for anything. */
  readonly purposes: readonly string[] | undefined;
  readonly alternativeNames: AlternativeNames;
  /** Why the certificate cannot be judged, in words that follow "has"; undefined: it can. */
  readonly obstacle: string | undefined;
}

/** What a key may do. */
export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly cRLSign: boolean;
}

/** subjectAltName, in order; undefined for one that has bytes that do not belong there. */
export interface AlternativeNames {
  readonly emails: readonly (string | undefined)[];
  readonly dnsNames: readonly (string | undefined)[];
  readonly uris: readonly (string | undefined)[];
}

const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const NAME_CONSTRAINTS = "2.5.29.30";
const CERTIFICATE_POLICIES = "2.5.29.32";
const EXT_KEY_USAGE = "2.5.29.37";

/** Policies bind no one who does not ask for one. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  KEY_USAGE,
  SUBJECT_ALT_NAME,
  BASIC_CONSTRAINTS,
  CERTIFICATE_POLICIES,
  EXT_KEY_USAGE,
]);

const MAX_EXTENSIONS = 64;

/** Reads a SEQUENCE OF Extension. @throws DerError */
export function readExtensions(list: DerReader): Extensions {
  const extensions = new Map<string, Extension>();
  while (!list.isAtEnd) {
    const one = list.into(Tag.SEQUENCE);
    const oid = oidOf(one.take(Tag.OID));
    const critical = one.takeIf(Tag.BOOLEAN);
    const value = one.take(Tag.OCTET_STRING).content;
    one.finish();
    if (extensions.has(oid)) throw new DerError(`the extension ${oid} stands there twice`);
    if (extensions.size >= MAX_EXTENSIONS) throw new DerError("too many extensions");
    extensions.set(oid, { isCritical: critical !== undefined && booleanOf(critical), value });
  }
  return extensions;
}

/** A critical one that is not among those that are understood. */
export function notUnderstood(
  extensions: Extensions,
  understood: ReadonlySet<string>,
): string | undefined {
  const [oid] = [...extensions].find(([oid, one]) => one.isCritical && !understood.has(oid)) ?? [];
  return oid;
}

/** @throws DerError */
export function certificateExtensions(extensions: Extensions): CertificateExtensions {
  const { isAuthority, pathLength } = readConstraints(extensions.get(BASIC_CONSTRAINTS));
  return {
    isAuthority,
    pathLength,
    keyUsage: readKeyUsage(extensions.get(KEY_USAGE)),
    purposes: readPurposes(extensions.get(EXT_KEY_USAGE)),
    alternativeNames: readAlternativeNames(extensions.get(SUBJECT_ALT_NAME)),
    obstacle: obstacleOf(extensions),
  };
}

/** What name constraints forbid is not worked out; so what has them is not taken, critical or not. */
function obstacleOf(extensions: Extensions): string | undefined {
  if (extensions.has(NAME_CONSTRAINTS)) return "nameConstraints, which Midge does not check";
  const oid = notUnderstood(extensions, UNDERSTOOD);
  return oid && `a critical extension that Midge does not know (${oid})`;
}

function readConstraints(
  extension: Extension | undefined,
): { isAuthority: boolean; pathLength: number } {
  if (extension === undefined) return { isAuthority: false, pathLength: Infinity };
  const reader = onlyElement(extension.value, Tag.SEQUENCE).elements;
  const ca = reader.takeIf(Tag.BOOLEAN);
  const length = reader.takeIf(Tag.INTEGER);
  reader.finish();
  return {
    isAuthority: ca !== undefined && booleanOf(ca),
    pathLength: length === undefined ? Infinity : smallNumberOf(length),
  };
}

function readKeyUsage(extension: Extension | undefined): KeyUsage | undefined {
  if (extension === undefined) return undefined;
  const bits = onlyElement(extension.value, Tag.BIT_STRING);
  return {
    digitalSignature: flagOf(bits, 0),
    keyCertSign: flagOf(bits, 5),
    cRLSign: flagOf(bits, 6),
  };
}

function readPurposes(extension: Extension | undefined): string[] | undefined {
  if (extension === undefined) return undefined;
  const reader = onlyElement(extension.value, Tag.SEQUENCE).elements;
  const purposes: string[] = [];
  while (!reader.isAtEnd) purposes.push(oidOf(reader.take(Tag.OID)));
  return purposes;
}

function readAlternativeNames(extension: Extension | undefined): AlternativeNames {
  const emails: (string | undefined)[] = [];
  const dnsNames: (string | undefined)[] = [];
  const uris: (string | undefined)[] = [];
  const lists = new Map([
    [contextTag(1, false), emails],
    [contextTag(2, false), dnsNames],
    [contextTag(6, false), uris],
  ]);
  if (extension !== undefined) {
    const reader = onlyElement(extension.value, Tag.SEQUENCE).elements;
    while (!reader.isAtEnd) {
      const { tag, content } = reader.next();
      lists.get(tag)?.push(ascii(content));
    }
  }
  return { emails, dnsNames, uris };
}
