// @ts-check
/**
 * The libraries of the page, in one place. Invariant: only this file and components/chart.js name a package; what serves
 * the page makes paths of the names.
 */
import { h } from "preact";
import htm from "htm";

export { createContext, Fragment, h, render } from "preact";
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";

/**
 * @typedef {import("preact").ComponentChildren} Children
 * @typedef {import("preact").VNode<any>} View
 * @typedef {(strings: TemplateStringsArray, ...values: unknown[]) => View} Html
 */

// The types of htm say `default` where its module has none.
const { bind } = /** @type {{ bind: (h: unknown) => Html }} */ (/** @type {unknown} */ (htm));

/** Markup as a tagged template: html`<p>${text}</p>`. What stands in `${}` is text, never markup. */
export const html = bind.call(htm, h);
