/** What a text in PEM holds. Pure. Invariant: only what stands between its lines BEGIN and END counts. */

import { Buffer } from "node:buffer";

/** What may be expected of a file. */
export type PemContent = "certificate" | "key" | "list";

const BLOCKS: Readonly<Record<PemContent, { readonly label: RegExp; readonly words: string }>> = {
  certificate: {
    label: /^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/m,
    words: "expected a certificate in PEM (-----BEGIN CERTIFICATE-----)",
  },
  key: {
    label: /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/m,
    words: "expected a private key in PEM (-----BEGIN PRIVATE KEY-----)",
  },
  list: {
    label: /^-----BEGIN X509 CRL-----/m,
    words: "expected a revocation list in PEM (-----BEGIN X509 CRL-----)",
  },
};

/** Why a text cannot serve, in words that follow its file's name; undefined: it can. */
export function pemProblem(text: string, content: PemContent): string | undefined {
  if (!text.includes("-----BEGIN ")) return "expected PEM text (-----BEGIN ...)";
  const { label, words } = BLOCKS[content];
  return label.test(text) ? undefined : words;
}

const BLOCK = /^-----BEGIN ([A-Z0-9 ]+)-----\s*$([^-]*)^-----END \1-----\s*$/gm;

/**
 * The bytes of every block of that kind, in order.
 * @throws Error with a sentence for a text that has none, or one that is damaged
 */
export function pemBlocks(text: string, content: PemContent): Uint8Array[] {
  const problem = pemProblem(text, content);
  if (problem !== undefined) throw new Error(problem);
  const { label } = BLOCKS[content];
  const begun = [...text.matchAll(new RegExp(label, "gm"))].length;
  const whole = [...text.matchAll(BLOCK)].filter(([block]) => label.test(block));
  const blocks = whole.map(([, , lines = ""]) => decoded(lines.replaceAll(/\s+/g, "")));
  if (blocks.length === begun && !blocks.includes(undefined)) {
    return blocks.filter((block) => block !== undefined);
  }
  throw new Error("a block of it is damaged: expected base64 from -----BEGIN to its -----END");
}

function decoded(text: string): Uint8Array | undefined {
  const isWhole = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isWhole ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
}
