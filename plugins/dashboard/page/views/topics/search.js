// @ts-check
/**
 * The topics whose name has a text in it, as they come. Invariant: each topic is looked at once for a search; results are
 * sorted by name.
 */

/** @typedef {import("./tree.js").Branch} Branch */

export class Found {
  /** @type {[name: string, branch: Branch][]} */
  #rows = [];
  #seen = 0;
  #text;
  #tree;

  /** @param {import("./tree.js").Tree} tree @param {string} text in small letters or not */
  constructor(tree, text) {
    this.#tree = tree;
    this.#text = text.toLowerCase();
  }

  /** @returns {readonly [name: string, branch: Branch][]} those of now */
  rows() {
    if (this.#seen === this.#tree.size) return this.#rows;
    const before = this.#rows.length;
    let at = 0;
    for (const [name, branch] of this.#tree.topics()) {
      if (at++ < this.#seen) continue; // the order of the topics is that in which they came
      if (name.toLowerCase().includes(this.#text)) this.#rows.push([name, branch]);
    }
    this.#seen = this.#tree.size;
    if (this.#rows.length > before) {
      this.#rows = this.#rows.toSorted(([a], [b]) => a === b ? 0 : a < b ? -1 : 1);
    }
    return this.#rows;
  }
}
