/** What a text in PEM holds. Pure. Invariant: only what stands between its lines BEGIN and END counts. */

/** What may be expected of a file. */
export type PemContent = "certificate" | "key";

const BLOCKS: Readonly<Record<PemContent, { readonly label: RegExp; readonly words: string }>> = {
  certificate: {
    label: /^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/m,
    words: "expected a certificate in PEM (-----BEGIN CERTIFICATE-----)",
  },
  key: {
    label: /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/m,
    words: "expected a private key in PEM (-----BEGIN PRIVATE KEY-----)",
  },
};

/** Why a text cannot serve, in words that follow its file's name; undefined: it can. */
export function pemProblem(text: string, content: PemContent): string | undefined {
  if (!text.includes("-----BEGIN ")) return "expected PEM text (-----BEGIN ...)";
  const { label, words } = BLOCKS[content];
  return label.test(text) ? undefined : words;
}
