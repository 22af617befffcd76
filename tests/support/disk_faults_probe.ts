/**
 * A process that does to a file of the folder in its argument what each line of its standard input says, and answers
 * with a line: `ok` and a number, or the code of the error.
 */
const [folder] = Deno.args;
const file = await Deno.open(`${folder}/file`, { write: true, create: true });

const DEEDS: Readonly<Record<string, () => Promise<number | void>>> = {
  write: () => file.write(new Uint8Array(100)),
  elsewhere: () => Deno.writeFile(`${folder}/../elsewhere`, new Uint8Array(1)),
  sync: () => file.sync(),
  syncData: () => file.syncData(),
  truncate: () => file.truncate(10),
  open: () => Deno.open(`${folder}/other`, { write: true, create: true }).then((it) => it.close()),
  rename: () => Deno.rename(`${folder}/other`, `${folder}/third`),
  remove: () => Deno.remove(`${folder}/third`),
  mkdir: () => Deno.mkdir(`${folder}/inner`),
  syncFolder: async () => {
    using inner = await Deno.open(folder!);
    await inner.sync();
  },
};

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const line of lines) {
  const start = performance.now();
  const done = DEEDS[line.trim()]!();
  const said = await done.then((count) => `ok ${count ?? ""}`, codeOf);
  const took = Math.floor(performance.now() - start);
  await Deno.stdout.write(new TextEncoder().encode(`${said.trim()} in ${took}\n`));
}
