/** What the benchmarks that people start have in common: two streams of text, and an end by signal. */

/** The result, on stdout. */
export function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** What happens meanwhile, on stderr. */
export function note(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Ctrl-C and SIGTERM end what runs; its failure then ends the brokers. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  }
  return controller.signal;
}
