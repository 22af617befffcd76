/**
 * Anchors of headings, as GitHub makes them, so that a link works in the repository and on the site. Invariant: an anchor
 * is there once on a page.
 */

/** Gives each heading of one page its anchor. */
export class Slugs {
  readonly #given = new Map<string, number>();

  /** The anchor of the next heading with this text, which has no signs of Markdown. */
  next(text: string): string {
    const slug = text.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-");
    const count = this.#given.get(slug);
    this.#given.set(slug, (count ?? -1) + 1);
    return count === undefined ? slug : `${slug}-${count + 1}`;
  }
}
