/**
 * A Dockerfile as its instructions, for tests. Invariant: what it cannot read is an error, so that no test passes over an
 * instruction that it does not know.
 */

/** One instruction. */
export interface Instruction {
  /** In upper case. */
  readonly name: string;
  /** What stands behind it, flags included; continued lines are one, comments are gone. */
  readonly text: string;
}

/** What stands between two FROM. */
export interface Stage {
  /** As FROM says it. */
  readonly base: string;
  /** Behind AS; undefined: none. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

const NAMES = new Set(
  "ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN STOPSIGNAL USER VOLUME WORKDIR"
    .split(" "),
);

/** All instructions, in order. @throws Error for a line that is none */
export function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const whole = lines.join("\n").replaceAll(/\\\n\s*/g, "");
  return whole.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!NAMES.has(name)) throw new Error(`not an instruction that is known: ${line}`);
    return { name, text };
  });
}

/** The stages; what stands before the first FROM is in none. */
export function stagesOf(dockerfile: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const one of instructionsOf(dockerfile)) {
    if (one.name !== "FROM") stages.at(-1)?.instructions.push(one);
    else {
      const [, base = "", name] = /^(?:--\S+ )?(\S+)(?: AS (\S+))?$/.exec(one.text) ?? [];
      stages.push({ base, name, instructions: [] });
    }
  }
  return stages;
}

/** The texts of one instruction in a stage. */
export function textsOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((one) => one.name === name).map(({ text }) => text);
}

/** The words of an instruction's JSON form. @throws where it is of another form, which needs a shell */
export function wordsOf(text: string | undefined): string[] {
  const value: unknown = JSON.parse(/\[.*\]$/.exec(text ?? "")?.[0] ?? "null");
  if (!Array.isArray(value)) throw new Error(`${text}: expected a JSON array of words`);
  return value.map(String);
}
