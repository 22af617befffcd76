/** The fixed certificates of the tests: see certs/README.md. */

/** Path of a file in tests/support/certs. */
export function certPath(name: string): string {
  return new URL(`./certs/${name}`, import.meta.url).pathname;
}

/** `cert` and `key` (PEM) of one of them, as listeners take them. */
export function certAndKey(
  name: "server" | "other_name" | "client",
): { cert: string; key: string } {
  const [cert, key] = [".pem", ".key"].map((end) => Deno.readTextFileSync(certPath(name + end)));
  return { cert: cert!, key: key! };
}
