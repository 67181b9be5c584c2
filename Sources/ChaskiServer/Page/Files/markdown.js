// Owns: Markdown to nodes. The text is a model's and not trusted: everything becomes text nodes and a few known
// elements, never HTML; links go to the web or to mail only; images are shown as links, so nothing is fetched.

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;

function element(name, ...children) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}

function link(text, target) {
  const address = target.trim();
  if (!SAFE_LINK.test(address)) return document.createTextNode(`${text} (${address})`);
  const node = element("a", text);
  node.href = address;
  node.rel = "noopener noreferrer nofollow";
  node.target = "_blank";
  return node;
}

// The first of these that begins soonest wins; each is bounded to one paragraph, and none nests into itself.
const INLINE = [
  { find: /(`+)([^]{0,2000}?[^`])\1(?!`)/, make: (m) => element("code", m[2].replace(/^ (.*) $/, "$1")) },
  { find: /!?\[([^\]\n]{0,500})\]\(([^()\s]{1,2000}(?:\([^()\s]*\)[^()\s]*)?)(?: "[^"]*")?\)/, make: (m) => link(m[1] || m[2], m[2]) },
  { find: /\*\*(?=\S)([^]{0,5000}?\S)\*\*/, make: (m, depth) => element("strong", inline(m[1], depth)) },
  { find: /(?<![\w_])__(?=\S)([^]{0,5000}?\S)__(?![\w_])/, make: (m, depth) => element("strong", inline(m[1], depth)) },
  { find: /\*(?=[^\s*])([^*]{0,5000}?[^\s*])\*/, make: (m, depth) => element("em", inline(m[1], depth)) },
  { find: /(?<![\w_])_(?=[^\s_])([^_]{0,5000}?[^\s_])_(?![\w_])/, make: (m, depth) => element("em", inline(m[1], depth)) },
  { find: /~~(?=\S)([^]{0,5000}?\S)~~/, make: (m, depth) => element("del", inline(m[1], depth)) },
  { find: /\bhttps?:\/\/[^\s<>()[\]"'`]{1,2000}[^\s<>()[\]"'`.,;:!?]/, make: (m) => link(m[0], m[0]) },
  { find: / {2,}\n/, make: () => element("br") },
  { find: /\\([!-/:-@[-`{-~])/, make: (m) => document.createTextNode(m[1]) },
];

/** Nodes for one paragraph's text. */
function inline(text, depth = 0) {
  const result = document.createDocumentFragment();
  if (depth > 8 || text.length > 20000) {
    result.append(text);
    return result;
  }
  let rest = text;
  while (rest) {
    let best = null;
    for (const rule of INLINE) {
      const match = rule.find.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { rule, match };
      if (best?.match.index === 0) break;
    }
    if (!best) break;
    result.append(rest.slice(0, best.match.index), best.rule.make(best.match, depth + 1));
    rest = rest.slice(best.match.index + best.match[0].length);
  }
  result.append(rest);
  return result;
}

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function codeBlock(code, language) {
  const copy = element("button", "Copy");
  copy.type = "button";
  copy.className = "small";
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code);
    copy.textContent = "Copied";
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

function table(lines) {
  const row = (line, kind) => element("tr", ...cells(line).map((cell) => element(kind, inline(cell))));
  const node = element("table", element("thead", row(lines[0], "th")),
    element("tbody", ...lines.slice(2).map((line) => row(line, "td"))));
  const box = element("div", node);
  box.className = "table";
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
    const inner = [item[4]];
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
    const content = blocks(inner, depth + 1);
    const only = content.childNodes.length > 0 && content.firstChild.nodeName === "P" ? content.firstChild : null;
    if (only) only.replaceWith(...only.childNodes);
    node.append(element("li", content));
    while (lines[at]?.trim() === "" && ITEM.test(lines[at + 1] ?? "")) at += 1;
  }
  return { node, next: at };
}

function isParagraphEnd(lines, at) {
  const line = lines[at];
  return line.trim() === "" || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

function blocks(lines, depth) {
  const result = document.createDocumentFragment();
  if (depth > 12) {
    result.append(element("p", lines.join("\n")));
    return result;
  }
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (line.trim() === "") {
      at += 1;
    } else if (fence) {
      const code = [];
      const end = new RegExp(`^ {0,3}${fence[2][0] === "`" ? "`" : "~"}{${fence[2].length},}\\s*$`);
      at += 1;
      while (at < lines.length && !end.test(lines[at])) code.push(lines[at++]);
      at += 1;
      result.append(codeBlock(code.join("\n"), fence[3]));
    } else if (heading) {
      // The page's own headings are 1 and 2.
      result.append(element(`h${Math.min(heading[1].length + 2, 6)}`, inline(heading[2])));
      at += 1;
    } else if (RULE.test(line)) {
      result.append(element("hr"));
      at += 1;
    } else if (QUOTE.test(line)) {
      const quoted = [];
      while (at < lines.length && QUOTE.test(lines[at])) quoted.push(QUOTE.exec(lines[at++])[1]);
      result.append(element("blockquote", blocks(quoted, depth + 1)));
    } else if (ITEM.test(line)) {
      const { node, next } = list(lines, at, depth);
      result.append(node);
      at = Math.max(next, at + 1);
    } else if (line.includes("|") && DIVIDER.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) {
      const rows = [line, lines[at + 1]];
      at += 2;
      while (at < lines.length && lines[at].includes("|")) rows.push(lines[at++]);
      result.append(table(rows));
    } else {
      const paragraph = [line];
      at += 1;
      while (at < lines.length && !isParagraphEnd(lines, at)) paragraph.push(lines[at++]);
      result.append(element("p", inline(paragraph.join("\n"))));
    }
  }
  return result;
}

/** Replaces what `parent` shows by `text` as Markdown. */
export function render(text, parent) {
  parent.replaceChildren(blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0));
}
