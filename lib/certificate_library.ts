/**
 * The library that makes certificates, with what it asks for. It takes 26 MB, and with it 22 packages.
 * Invariant: imported by a computed name only, so that Deno fetches and reads it when a certificate is made.
 */
import "reflect-metadata";
export * from "@peculiar/x509";
