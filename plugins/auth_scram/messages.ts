/**
 * The messages of SCRAM, RFC 5802 section 7, as texts: read strictly, written by the letter. Invariant: what is no such
 * message is a ScramError with the word that the RFC has for it; nothing here knows a key.
 */
import { fromStrictBase64, saslprep } from "../../sources.ts";

/** The words of `e=` that are used here, RFC 5802 section 7. */
export type ScramWord =
  | "invalid-encoding"
  | "extensions-not-supported"
  | "invalid-proof"
  | "channel-bindings-dont-match"
  | "channel-binding-not-supported"
  | "invalid-username-encoding"
  | "other-error";

/** Why an exchange ends. */
export class ScramError extends Error {
  override readonly name = "ScramError";
  /** For the client. */
  readonly word: ScramWord;

  /** @param message for the log, without a part of what was sent */
  constructor(word: ScramWord, message: string) {
    super(message);
    this.word = word;
  }
}

/** The client's first message. */
export interface ClientFirst {
  /** With the commas behind it, as `c=` of the last message repeats it. */
  readonly header: string;
  /** Without the header, for the proof. */
  readonly bare: string;
  /** Prepared by SASLprep. */
  readonly username: string;
  readonly nonce: string;
}

/** The client's last message. */
export interface ClientFinal {
  /** The header again, decoded. */
  readonly header: string;
  readonly nonce: string;
  readonly proof: Uint8Array;
  /** Without the proof, for the proof. */
  readonly withoutProof: string;
}

/** Longer names and nonces than this are no one's, characters. */
const LONGEST = 1024;
/** Printable ASCII without the comma. */
const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/;

/** @throws ScramError for bytes that are no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ScramError("invalid-encoding", "a message that is no UTF-8");
  }
}

/**
 * Reads `n,,n=USER,r=NONCE`.
 * @throws ScramError
 */
export function readFirst(text: string): ClientFirst {
  const [, flag = "", authzid = "", bare = ""] = /^([^,]*),([^,]*),(.*)$/s.exec(text) ?? [];
  checkFlag(flag);
  if (bare.startsWith("m=")) {
    throw new ScramError("extensions-not-supported", "an extension that has to be understood");
  }
  const [name = "", nonce = ""] = bare.split(",");
  if (!name.startsWith("n=") || !nonce.startsWith("r=") || bare.length > 2 * LONGEST) {
    throw new ScramError("invalid-encoding", "the first message is no n,,n=USER,r=NONCE");
  }
  const username = readName(name.slice(2));
  checkAuthzid(authzid, username);
  const clientNonce = nonce.slice(2);
  if (!NONCE.test(clientNonce) || clientNonce.length > LONGEST) {
    throw new ScramError("invalid-encoding", "its nonce is empty, too long, or no printable ASCII");
  }
  return { header: `${flag},${authzid},`, bare, username, nonce: clientNonce };
}

/** `y` says that the client would bind if the server could: it is never said here that it can. */
function checkFlag(flag: string): void {
  if (flag === "n" || flag === "y") return;
  if (flag.startsWith("p=")) {
    throw new ScramError(
      "channel-binding-not-supported",
      "the client asks for channel binding (p=), which is not there; expected n or y",
    );
  }
  throw new ScramError("invalid-encoding", "the first message does not begin with n, y or p=");
}

/** To act as someone else is not possible; to say one's own name again is. */
function checkAuthzid(authzid: string, username: string): void {
  if (authzid === "") return;
  if (!authzid.startsWith("a=")) {
    throw new ScramError("invalid-encoding", "the second field of the first message is no a=");
  }
  if (readName(authzid.slice(2)) === username) return;
  throw new ScramError("other-error", "it asks to act as another user (a=)");
}

function readName(escaped: string): string {
  if (/=(?!2C|3D)/.test(escaped)) {
    throw new ScramError("invalid-username-encoding", "a = in its name that is no =2C or =3D");
  }
  const name = saslprep(escaped.replaceAll("=2C", ",").replaceAll("=3D", "="));
  if (name !== undefined && name !== "" && name.length <= LONGEST) return name;
  throw new ScramError(
    "invalid-username-encoding",
    "its name is empty, too long, or has a character that SASLprep (RFC 4013) does not allow",
  );
}

/**
 * Reads `c=BASE64,r=NONCE,p=PROOF`; extensions in between count for the proof and say nothing.
 * @throws ScramError
 */
export function readFinal(text: string): ClientFinal {
  const [, withoutProof = "", binding = "", nonce = "", proof = ""] =
    /^(c=([^,]*),r=([^,]*)(?:,[^,]*)*),p=([^,]*)$/s.exec(text) ?? [];
  if (withoutProof === "" || text.length > 8 * LONGEST) {
    throw new ScramError("invalid-encoding", "the last message is no c=BASE64,r=NONCE,p=PROOF");
  }
  return { header: textOf(decoded(binding)), nonce, proof: decoded(proof), withoutProof };
}

function decoded(base64: string): Uint8Array {
  try {
    return fromStrictBase64(base64);
  } catch {
    throw new ScramError("invalid-encoding", "something in the last message is no base64");
  }
}
