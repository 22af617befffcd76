/** Commands that fetch something. Invariant: one that failed is run again twice, for networks that hiccup. */

/** What came of it in the end. */
export async function outputOf(command: Deno.Command): Promise<Deno.CommandOutput> {
  for (let tries = 1;; tries++) {
    const output = await command.output();
    if (output.success || tries === 3) return output;
  }
}
