/**
 * The documentation's script: search, light and dark, the menu of a phone. Invariant: without it every page can be read;
 * it asks no server, and what is searched is loaded when someone searches.
 */
const page = document.documentElement;
page.classList.add("js");

const MOST_RESULTS = 20;
const SNIPPET = 140;

function remembered() {
  try {
    return localStorage.getItem("midge-theme");
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem("midge-theme", theme);
  } catch {
    // A page from a disk may have no storage.
  }
}

function isDark() {
  const chosen = page.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function showTheme(button) {
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
}

function prepareTheme() {
  const button = document.getElementById("theme");
  button.hidden = false;
  showTheme(button);
  button.addEventListener("click", () => {
    page.dataset.theme = isDark() ? "light" : "dark";
    remember(page.dataset.theme);
    showTheme(button);
  });
}

function prepareMenu() {
  const button = document.getElementById("menu");
  const pages = document.getElementById("pages");
  button.hidden = false;
  button.addEventListener("click", () => {
    const isOpen = pages.toggleAttribute("data-open");
    button.setAttribute("aria-expanded", String(isOpen));
  });
}

let loading;

function loadRows() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${page.dataset.root}search.js`;
    script.onload = () => resolve(globalThis.midgeSearch);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

/** Headings count more than text; every word must be there. */
function score([, title, heading, text], words) {
  let sum = 0;
  for (const word of words) {
    const [inTitle, inHeading, inText] = [title, heading, text].map((one) =>
      one.toLowerCase().indexOf(word)
    );
    if (inTitle < 0 && inHeading < 0 && inText < 0) return 0;
    sum += (inHeading >= 0 ? 10 : 0) + (inTitle >= 0 ? 4 : 0) + (inText >= 0 ? 1 : 0);
    if (heading.toLowerCase() === word) sum += 20;
  }
  return sum;
}

function snippet(text, words) {
  const at = Math.max(0, text.toLowerCase().indexOf(words[0]) - SNIPPET / 3);
  const part = text.slice(at, at + SNIPPET);
  return `${at > 0 ? "… " : ""}${part}${at + SNIPPET < text.length ? " …" : ""}`;
}

function resultItem([href, title, heading, text], words) {
  const link = document.createElement("a");
  link.href = page.dataset.root + href;
  const name = document.createElement("strong");
  name.textContent = heading === title ? title : `${heading} – ${title}`;
  const about = document.createElement("span");
  about.textContent = snippet(text, words);
  link.append(name, about);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

async function search(input, results, found) {
  const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) {
    results.hidden = true;
    found.textContent = "";
    return;
  }
  const rows = await loadRows();
  const best = rows.map((row) => [score(row, words), row]).filter(([sum]) => sum > 0)
    .sort(([a], [b]) => b - a);
  results.replaceChildren(...best.slice(0, MOST_RESULTS).map(([, row]) => resultItem(row, words)));
  results.hidden = best.length === 0;
  found.textContent = best.length === 0 ? "Nothing found" : `${best.length} found`;
}

/** Arrows go through the results, Escape leaves them. */
function moveFocus(event, input, results) {
  if (event.key === "Escape") {
    results.hidden = true;
    input.focus();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...results.querySelectorAll("a")];
  const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  const next = stops[at];
  if (next === undefined || results.hidden) return;
  event.preventDefault();
  next.focus();
}

function prepareSearch() {
  const input = document.getElementById("search");
  const results = document.getElementById("results");
  const found = document.getElementById("found");
  input.disabled = false;
  input.addEventListener("input", () => search(input, results, found));
  input.parentElement.addEventListener("keydown", (event) => moveFocus(event, input, results));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener("click", (event) => {
    if (!input.parentElement.contains(event.target)) results.hidden = true;
  });
}

const theme = remembered();
if (theme === "dark" || theme === "light") page.dataset.theme = theme;

document.addEventListener("DOMContentLoaded", () => {
  prepareTheme();
  prepareMenu();
  prepareSearch();
});
