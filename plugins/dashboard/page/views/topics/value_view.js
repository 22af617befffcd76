// @ts-check
/**
 * A payload as text, JSON, bytes or an image. Invariants: what is long is shown in part until it is asked for; the URL of
 * an image ends with the image; SVG and HTML are text.
 */
import { count, size, visibleLines } from "../../text.js";
import { html, useEffect, useMemo, useState } from "../../vendor.js";
import { formatOf, hexDump, imageType, parsed, prettyJson, textOf } from "./formats.js";
import { isWhole } from "./message.js";
import { Choice } from "./choice.js";

/** @typedef {import("./formats.js").Format} Format */

const FORMATS = /** @type {const} */ ([
  ["auto", "Auto"],
  ["text", "Text"],
  ["json", "JSON"],
  ["hex", "Hex"],
  ["image", "Image"],
]);
const SHORT_CHARACTERS = 8_000;
const SHORT_LINES = 200;
const LONG_CHARACTERS = 1_100_000;
const SHORT_HEX = 1_024;
const LONG_HEX = 65_536;

/** @param {{ message: import("./message.js").Message }} props */
export function ValueView({ message }) {
  const [chosen, setChosen] = useState(/** @type {Format | "auto"} */ ("auto"));
  const [isLong, setIsLong] = useState(false);
  const { payload, bytes } = message;
  const shown = useMemo(
    () => payload === null ? undefined : shownAs(payload, isWhole(message), chosen, isLong),
    [message, chosen, isLong],
  );
  if (payload === null || shown === undefined) {
    return html`<p class="empty">The payload is not kept here.</p>`;
  }
  const more = () => setIsLong(!isLong);
  return html`
    <${Choice} label="Show the value as" options=${FORMATS} value=${chosen} onChange=${setChosen} />
    ${shown.note && html`<p class="faint">${shown.note}</p>`}
    ${bytes > payload.length &&
      html`<p class="note">The first ${size(payload.length)} of ${size(bytes)}.</p>`}
    ${bytes === 0 && html`<p class="empty">The payload is empty.</p>`}
    ${shown.image ? html`<${Image} payload=${payload} type=${shown.image} />` : bytes > 0 &&
      html`<pre class="payload" tabindex="0" aria-label="Value" data-format=${shown.format}>${shown.text}</pre>`}
    ${(shown.isCut || isLong) &&
      html`<button type="button" onClick=${more}>${isLong ? "Show less" : "Show all"}</button>`}
  `;
}

/**
 * @param {Uint8Array} payload @param {boolean} whole @param {Format | "auto"} chosen @param {boolean} isLong
 * @returns {{ format: Format, text: string, isCut: boolean, note?: string, image?: string }}
 */
function shownAs(payload, whole, chosen, isLong) {
  const format = chosen === "auto" ? formatOf(payload, whole) : chosen;
  if (format === "hex") return ofHex(payload, isLong);
  if (format === "image") {
    const image = imageType(payload);
    if (image !== undefined && whole) return { format, text: "", isCut: false, image };
    const note = image === undefined
      ? "This is no PNG, JPEG, GIF or WebP."
      : "The image is not here as a whole.";
    return { ...ofText(textOf(payload), isLong), note };
  }
  const text = textOf(payload);
  if (format === "text") return ofText(text, isLong);
  if (!whole || parsed(text) === undefined) {
    return { ...ofText(text, isLong), note: "This is no valid JSON." };
  }
  return { ...ofText(prettyJson(text), isLong), format };
}

/** @param {Uint8Array} payload @param {boolean} isLong */
function ofHex(payload, isLong) {
  const max = isLong ? LONG_HEX : SHORT_HEX;
  const format = /** @type {const} */ ("hex");
  return { format, text: hexDump(payload, max), isCut: payload.length > max };
}

/** @param {string} text @param {boolean} isLong */
function ofText(text, isLong) {
  const format = /** @type {const} */ ("text");
  if (isLong) return { format, text: visibleLines(text, LONG_CHARACTERS), isCut: false };
  const lines = text.slice(0, SHORT_CHARACTERS).split("\n");
  const short = lines.slice(0, SHORT_LINES).join("\n");
  const isCut = short.length < text.length;
  const rest = isCut ? `\n… (${count(text.length)} characters)` : "";
  return { format, text: visibleLines(short) + rest, isCut };
}

/** @param {{ payload: Uint8Array<ArrayBuffer>, type: string }} props */
function Image({ payload, type }) {
  const [url, setUrl] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([payload], { type }));
    setUrl(made);
    setProblem("");
    return () => URL.revokeObjectURL(made);
  }, [payload, type]);
  if (problem !== "") return html`<p class="note">${problem}</p>`;
  return url && html`
    <img class="payload-image" src=${url} alt=${`The value, ${type}`}
      onError=${() => setProblem("The browser cannot show this image.")} />
  `;
}
