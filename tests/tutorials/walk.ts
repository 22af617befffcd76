/**
 * Follows a page as a reader does: writes its files, types its commands, sees what it shows. Invariant: every block is written, typed, or has its
 * reason in NOT_RUN.
 */
import { dirname } from "node:path";
import { assert } from "@std/assert";
import { type Block, blocksOf, commandsOf, nameOf } from "./blocks.ts";
import { edited, editedFile } from "./edit.ts";
import { Machine } from "./machine.ts";
import { NOT_RUN } from "./not_run.ts";
import { type Habits, Terminal } from "./terminal.ts";

const DOCS = new URL("../../docs/", import.meta.url);

/** What a test of a page has in hand. */
export interface Reader {
  readonly machine: Machine;
  readonly terminal: Terminal;
}

/** What happens beside the page. */
export interface Course extends Habits {
  /** Before the first block. */
  readonly before?: (reader: Reader) => Promise<void>;
  /** Before a block, by its name (blocks.ts, nameOf). */
  readonly at?: Readonly<Record<string, (reader: Reader) => Promise<void>>>;
  /** After the last block, while all still runs. */
  readonly after?: (reader: Reader) => Promise<void>;
}

/** The blocks of a page of docs/. */
export async function pageBlocks(page: string): Promise<Block[]> {
  return blocksOf(await Deno.readTextFile(new URL(page, DOCS)));
}

/** Why a block is not run; undefined: it is. */
export function reasonFor(page: string, block: Block): string | undefined {
  return NOT_RUN[page]?.[nameOf(block)];
}

/** Can a block be written or typed at all? */
export function isForReader(block: Block): boolean {
  const { file, text } = block;
  return file !== undefined || editedFile(text) !== undefined || commandsOf(block).length > 0;
}

/** Follows it from the first block to the last. */
export async function walk(page: string, course: Course = {}): Promise<void> {
  const blocks = await pageBlocks(page);
  await using machine = await Machine.start();
  await using terminal = new Terminal(machine, course);
  const reader = { machine, terminal };
  await course.before?.(reader);
  for (const block of blocks) {
    if (reasonFor(page, block) !== undefined) continue;
    await course.at?.[nameOf(block)]?.(reader);
    await follow(block, page, reader);
  }
  await terminal.settle();
  await course.after?.(reader);
}

async function follow(block: Block, page: string, reader: Reader): Promise<void> {
  assert(isForReader(block), `${page}:${block.line}: neither a file nor a command, nor in NOT_RUN`);
  try {
    if (block.file !== undefined) return await write(block.file, block.text, reader);
    const file = editedFile(block.text);
    if (file !== undefined) return await edit(file, block.text, reader);
    for (const command of commandsOf(block)) await reader.terminal.type(command);
  } catch (error) {
    throw new Error(
      `docs/${page}:${block.line}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function edit(file: string, block: string, reader: Reader): Promise<void> {
  const text = await reader.machine.mustRun(`cd '${reader.terminal.folder}' && cat '${file}'`);
  await write(file, edited(text, block), reader);
}

async function write(file: string, text: string, { machine, terminal }: Reader): Promise<void> {
  const path = file.startsWith("/") ? file : `${terminal.folder}/${file}`;
  const { code, output } = await machine.run(`mkdir -p '${dirname(path)}' && cat >'${path}'`, text);
  assert(code === 0, output);
}
