/**
 * The page's files as they are sent: compressed once, with a tag, so that a browser asks for each only whether it has
 * changed. Invariant: what a path may name is decided before anything is read.
 */
import { sha256Hex } from "../../manage.ts";
import { notFound, wrongMethod } from "./answers.ts";
import { type Asset, readAsset } from "./assets.ts";
import { isChange } from "./access.ts";

/** A file, ready to be sent. */
interface Ready {
  readonly type: string;
  readonly tag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

/** The files of one server. */
export class PageFiles {
  readonly #ready = new Map<string, Promise<Ready | undefined>>();

  /**
   * Answers a request for a file.
   * @param path below `base_path`, with its first slash
   * @throws HttpProblem 404, 405
   */
  async answer(path: string, request: Request): Promise<Response> {
    if (isChange(request)) throw wrongMethod(["GET", "HEAD"]);
    const ready = await this.#get(path === "/" ? "index.html" : path.slice(1));
    if (ready === undefined) throw notFound();
    const headers = { etag: ready.tag, "cache-control": "no-cache", vary: "accept-encoding" };
    if (hasTag(request, ready.tag)) return new Response(null, { status: 304, headers });
    const zips = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(
      request.headers.get("accept-encoding") ?? "",
    );
    return new Response(zips ? ready.gzip : ready.plain, {
      headers: {
        ...headers,
        "content-type": ready.type,
        ...(zips ? { "content-encoding": "gzip" } : {}),
      },
    });
  }

  /** What is not there is not kept: there is no end to its names. */
  #get(path: string): Promise<Ready | undefined> {
    const known = this.#ready.get(path);
    if (known !== undefined) return known;
    const reading = makeReady(path);
    this.#ready.set(path, reading);
    reading.then((ready) => ready === undefined && this.#ready.delete(path), () => {
      this.#ready.delete(path);
    });
    return reading;
  }
}

async function makeReady(path: string): Promise<Ready | undefined> {
  const asset = await readAsset(path);
  if (asset === undefined) return undefined;
  const [gzip, digest] = await Promise.all([
    zipped(asset),
    sha256Hex(asset.body, 12),
  ]);
  return { type: asset.type, tag: `"${digest}"`, plain: asset.body, gzip };
}

async function zipped({ body }: Asset): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function hasTag(request: Request, tag: string): boolean {
  const given = request.headers.get("if-none-match") ?? "";
  return given === "*" || given.split(",").some((one) => one.trim().replace(/^W\//, "") === tag);
}
