// Owns: Markdown to nodes. The text is a model's and not trusted: everything becomes text nodes and a few known
// elements, never HTML; links go to the web or to mail only; images are shown as links, so nothing is fetched. Formulas
// stay as they were written, in the letters of code.

import { copyText } from "./copy.js";

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', nbsp: "\u00a0", "#39": "'" };
/** Elements whose direction follows their text: right to left for Arabic or Hebrew. */
const DIRECTED = new Set(["p", "ul", "ol", "table", "h3", "h4", "h5", "h6"]);

function element(name, ...children) {
  const node = document.createElement(name);
  if (DIRECTED.has(name)) node.dir = "auto";
  // One by one: a call takes only so many arguments.
  for (const child of children) node.append(child);
  return node;
}

function formula(text) {
  const node = element("code", text.trim());
  node.className = "math";
  return node;
}

function link(text, target) {
  const address = target.trim();
  if (!SAFE_LINK.test(address) || !URL.canParse(address)) return document.createTextNode(`${text} (${address})`);
  const node = element("a", text);
  node.href = address;
  node.title = address;
  node.rel = "noopener noreferrer nofollow";
  node.target = "_blank";
  // Where the text looks like an address, the one that counts is shown beside it.
  const { host } = new URL(address);
  const isDisguised = /^\S+\.\S+$/.test(text) && host && !text.toLowerCase().includes(host);
  return isDisguised ? fragment(node, ` (${host})`) : node;
}

function fragment(...children) {
  const result = document.createDocumentFragment();
  result.append(...children);
  return result;
}

// The first of these that begins soonest wins; each is bounded to one paragraph, and none nests into itself.
const INLINE = [
  { find: /(`+)([^]{0,2000}?[^`])\1(?!`)/g, make: (m) => element("code", m[2].replace(/^ (.*) $/, "$1")) },
  { find: /\\\(([^]{1,1000}?)\\\)|\\\[([^]{1,1000}?)\\\]|\$\$([^$]{1,1000})\$\$/g, make: (m) => formula(m[1] ?? m[2] ?? m[3]) },
  // A dollar before a digit or after a space is money.
  { find: /\$(?=[^\s$])([^$\n]{0,300}[^\s$])\$(?!\d)/g, make: (m) => formula(m[1]) },
  { find: /!?\[([^\]\n]{0,500})\]\(([^()\s]{1,2000}(?:\([^()\s]*\)[^()\s]*)?)(?: "[^"]*")?\)/g, make: (m) => link(m[1] || m[2], m[2]) },
  { find: /\*\*(?=\S)([^]{0,5000}?\S)\*\*/g, make: (m, depth) => element("strong", inline(m[1], depth)) },
  { find: /(?<![\w_])__(?=\S)([^]{0,5000}?\S)__(?![\w_])/g, make: (m, depth) => element("strong", inline(m[1], depth)) },
  { find: /\*(?=[^\s*])([^*]{0,5000}?[^\s*])\*/g, make: (m, depth) => element("em", inline(m[1], depth)) },
  { find: /(?<![\w_])_(?=[^\s_])([^_]{0,5000}?[^\s_])_(?![\w_])/g, make: (m, depth) => element("em", inline(m[1], depth)) },
  { find: /~~(?=\S)([^]{0,5000}?\S)~~/g, make: (m, depth) => element("del", inline(m[1], depth)) },
  { find: /\bhttps?:\/\/[^\s<>()[\]"'`]{1,2000}[^\s<>()[\]"'`.,;:!?]/g, make: (m) => link(m[0], m[0]) },
  { find: / {2,}\n|<br ?\/?>/gi, make: () => element("br") },
  { find: /&(lt|gt|amp|quot|nbsp|#39);/g, make: (m) => document.createTextNode(ENTITIES[m[1]]) },
  { find: /\\([!-/:-@[-`{-~])/g, make: (m) => document.createTextNode(m[1]) },
];
/** How many elements a paragraph may have; what follows stays text, so that no text takes long to show. */
const MOST = 500;

/** Nodes for one paragraph's text. */
function inline(text, depth = 0) {
  const result = document.createDocumentFragment();
  if (depth > 8 || text.length > 20000) {
    result.append(text);
    return result;
  }
  // Where each rule matches next: a rule is asked again only when what it found is passed.
  const found = INLINE.map(() => undefined);
  let at = 0;
  for (let count = 0; count < MOST; count += 1) {
    let best = -1;
    INLINE.forEach((rule, index) => {
      if (found[index] === undefined || found[index]?.index < at) {
        rule.find.lastIndex = at;
        found[index] = rule.find.exec(text);
      }
      if (found[index] && (best < 0 || found[index].index < found[best].index)) best = index;
    });
    if (best < 0) break;
    const match = found[best];
    result.append(text.slice(at, match.index), INLINE[best].make(match, depth + 1));
    at = match.index + match[0].length;
  }
  result.append(text.slice(at));
  return result;
}

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const FORMULA = /^ {0,3}(?:\\\[|\$\$)/;
const FORMULA_END = { "\\[": "\\]", "$$": "$$" };

function codeBlock(code, language) {
  const copy = element("button", "Copy");
  copy.type = "button";
  copy.className = "small";
  copy.setAttribute("aria-label", "Copy this code");
  copy.addEventListener("click", async () => {
    copy.textContent = await copyText(code) ? "Copied" : "Not allowed";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  const bar = element("div", element("span", language || "code"), copy);
  bar.className = "bar";
  const pre = element("pre", element("code", code));
  pre.tabIndex = 0;
  const block = element("div", bar, pre);
  block.className = "block";
  return block;
}

function cells(line) {
  return line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
}

/** Whether a table begins at line `at`. */
function isTable(lines, at) {
  const head = lines[at];
  const next = (lines[at + 1] ?? "").trim();
  if (!head.includes("|") || !next.includes("-") || !/^[-|: \t]+$/.test(next)) return false;
  const columns = cells(next);
  return columns.every((cell) => /^:?-+:?$/.test(cell)) && columns.length === cells(head).length;
}

function table(lines) {
  const sides = cells(lines[1]).map((cell) =>
    cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "end") : "start");
  const row = (line, kind) => element("tr", ...cells(line).slice(0, sides.length).map((cell, index) => {
    const node = element(kind, inline(cell));
    if (sides[index] !== "start") node.className = sides[index];
    return node;
  }));
  const node = element("table", element("thead", row(lines[0], "th")),
    element("tbody", ...lines.slice(2).map((line) => row(line, "td"))));
  const box = element("div", node);
  box.className = "table";
  box.tabIndex = 0;
  return box;
}

/** A list of the lines from `start` on; returns it and the line after it. */
function list(lines, start, depth) {
  const first = ITEM.exec(lines[start]);
  const isOrdered = first[3] !== undefined;
  const node = element(isOrdered ? "ol" : "ul");
  if (isOrdered && first[3] !== "1") node.start = Number(first[3]);
  let at = start;
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]);
    if (!item || item[1].length < first[1].length || (item[3] !== undefined) !== isOrdered) break;
    const indent = item[1].length + 2;
    const inner = [item[4].replace(/^\[( |x)\] /i, (_, mark) => mark === " " ? "\u2610 " : "\u2611 ")];
    at += 1;
    while (at < lines.length) {
      const line = lines[at];
      const leading = /^\s*/.exec(line)[0].length;
      if (line.trim() === "") {
        // A blank line ends the item unless what follows is indented under it.
        const after = lines[at + 1];
        if (after === undefined || after.trim() === "" || /^\s*/.exec(after)[0].length < indent) break;
      } else if (leading < indent && (ITEM.test(line) || lines[at - 1].trim() === "")) {
        break;
      }
      inner.push(line.slice(Math.min(leading, indent)));
      at += 1;
    }
    const content = blocks(inner, depth + 1).map((one) => one.node);
    if (content[0]?.nodeName === "P") content.splice(0, 1, ...content[0].childNodes);
    node.append(element("li", ...content));
    while (lines[at]?.trim() === "" && ITEM.test(lines[at + 1] ?? "")) at += 1;
  }
  return { node, next: at };
}

function isParagraphEnd(lines, at) {
  const line = lines[at];
  return line.trim() === "" || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line)
    || FORMULA.test(line) || isTable(lines, at);
}

function fenced(lines, at, [, indent, mark, language]) {
  const code = [];
  const end = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  // Code is indented as its fence is, and by its own.
  const margin = new RegExp(`^ {0,${indent.length}}`);
  let next = at + 1;
  while (next < lines.length && !end.test(lines[next])) code.push(lines[next++].replace(margin, ""));
  return { node: codeBlock(code.join("\n"), language), next: next + 1 };
}

function displayed(lines, at) {
  const mark = lines[at].trimStart().slice(0, 2);
  const text = [lines[at].trimStart().slice(2)];
  let next = at + 1;
  // A formula has no empty lines; one that is not closed yet ends there.
  while (!text[text.length - 1].includes(FORMULA_END[mark]) && lines[next]?.trim()) text.push(lines[next++]);
  const [inner, ...after] = text.join("\n").split(FORMULA_END[mark]);
  return { node: element("p", formula(inner), ...after), next };
}

/** The block that begins at line `at`, which is not empty, and the line after it. */
function block(lines, at, depth) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return fenced(lines, at, fence);
  const heading = HEADING.exec(line);
  // The page's own headings are 1 and 2.
  if (heading) {
    const words = heading[2].trim().replace(/(^|\s)#+$/, "");
    return { node: element(`h${Math.min(heading[1].length + 2, 6)}`, inline(words)), next: at + 1 };
  }
  if (RULE.test(line)) return { node: element("hr"), next: at + 1 };
  if (FORMULA.test(line)) return displayed(lines, at);
  let next = at;
  if (QUOTE.test(line)) {
    const quoted = [];
    while (next < lines.length && QUOTE.test(lines[next])) quoted.push(QUOTE.exec(lines[next++])[1]);
    return { node: element("blockquote", ...blocks(quoted, depth + 1).map((one) => one.node)), next };
  }
  if (ITEM.test(line)) {
    const found = list(lines, at, depth);
    return { node: found.node, next: Math.max(found.next, at + 1) };
  }
  if (isTable(lines, at)) {
    next += 2;
    while (next < lines.length && lines[next].includes("|")) next += 1;
    return { node: table(lines.slice(at, next)), next };
  }
  next += 1;
  while (next < lines.length && !isParagraphEnd(lines, next)) next += 1;
  return { node: element("p", inline(lines.slice(at, next).join("\n"))), next };
}

/** The blocks of `lines`, with the line where each begins. */
function blocks(lines, depth) {
  if (depth > 12) return [{ node: element("p", lines.join("\n")), line: 0 }];
  const result = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") {
      at += 1;
    } else {
      const { node, next } = block(lines, at, depth);
      result.push({ node, line: at });
      at = next;
    }
  }
  return result;
}

/** What is shown where: the text, and the blocks with the place in the text where each begins. */
const shown = new WeakMap();
/** More text can change the last block, or make one of the last two. */
const UNSETTLED = 2;

/**
 * Shows `text` as Markdown in `parent`. Where it goes on from what was shown, only the last blocks are made anew: a long
 * answer stays quick, and what is marked or pressed in it stays.
 */
export function render(text, parent) {
  const before = shown.get(parent);
  const kept = before && text.startsWith(before.text) ? before.blocks.slice(0, -UNSETTLED) : [];
  const start = kept.length > 0 ? before.blocks[kept.length].start : 0;
  const lines = text.slice(start).split("\n");
  const starts = [];
  let place = start;
  for (const line of lines) {
    starts.push(place);
    place += line.length + 1;
  }
  const found = blocks(lines.map((line) => line.replace(/\r$/, "")), 0).map(({ node, line }) => ({ node, start: starts[line] }));
  while (parent.childNodes.length > kept.length) parent.lastChild.remove();
  for (const { node } of found) parent.append(node);
  shown.set(parent, { text, blocks: [...kept, ...found] });
}
