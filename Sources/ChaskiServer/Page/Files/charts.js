// Owns: plots as SVG: lines over time, stacked bars, bars beside a mark. Names are text nodes, never HTML.
// Colours come from classes in dashboard.css (s0 to s6), so that light and dark have their own.

const HEIGHT = 180;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 8;
const COLOURS = 7;
/** From so many letters on a cell of a table is broken into lines. */
const LONG = 26;

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A number as people read it: 1,234,567 as 1.2 M. */
export function short(value) {
  const size = Math.abs(value);
  for (const [unit, scale] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (size >= scale * 0.9995) return `${Number((value / scale).toPrecision(3))} ${unit}`;
  }
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

/** The least round number that is not below `value`. */
function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999999);
}

/** How wide a plot in `figure` is, so that its letters are as large as those around it. */
function widthOf(figure) {
  figure.hidden = false;
  const style = getComputedStyle(figure);
  return Math.max(figure.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), 240);
}

function frame(width, label, maximum, format) {
  const plot = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  for (const part of [0, 0.5, 1]) {
    const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - part);
    plot.append(
      svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
      svg("text", { class: "axis", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, format(maximum * part)),
    );
  }
  return plot;
}

function text(x, anchor, label) {
  return svg("text", { class: "axis", x, y: HEIGHT - 6, "text-anchor": anchor }, label);
}

function legend(names, kind = "") {
  return element("ul", { class: `legend ${kind}` }, ...names.map((name, index) =>
    element("li", {}, element("span", { class: `swatch s${index % COLOURS}`, "aria-hidden": "true" }), name)));
}

function title(node, words) {
  node.append(element("figcaption", {}, words));
}

/** A table in a box that scrolls, by keyboard too; cells from `firstNumber` on that hold text are put to the right. */
export function table(label, head, rows, firstNumber = Infinity) {
  const attributes = (cell, index) => {
    if (typeof cell !== "string") return {};
    return index >= firstNumber ? { class: "figure" } : cell.length > LONG ? { class: "long" } : {};
  };
  return element("div", { class: "scroll", role: "region", "aria-label": `Table: ${label}`, tabindex: "0" }, element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((cell, index) => element("th", { scope: "col", ...attributes(cell, index) }, cell)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, index) => element("td", attributes(cell, index), cell)))))));
}

/** Puts a table in `node` whose figures change: the box stays, with its focus and how far it is scrolled. */
export function showTable(node, fresh) {
  const box = node.querySelector(".scroll");
  if (box) box.replaceChildren(...fresh.childNodes);
  else node.replaceChildren(fresh);
}

/**
 * Draws lines over the last `seconds` into `figure`: `series` is a list of `{ name, value(sample) }`; a value that is
 * null makes a gap. `limit` fixes the top of the scale.
 */
export function lines(figure, words, samples, series, { seconds = 300, format = short, limit } = {}) {
  const end = samples.length ? samples[samples.length - 1].time : 0;
  const values = series.map((one) => samples.map((sample) => one.value(sample)));
  const largest = Math.max(0, ...values.flat().filter((value) => value !== null));
  const maximum = limit ?? ceiling(largest);
  const latest = series.map((one, index) => {
    const value = values[index].findLast?.((found) => found !== null) ?? 0;
    return `${one.name} ${format(value)}`;
  });
  const width = widthOf(figure);
  const plot = frame(width, `${words}, the last ${Math.round(seconds / 60)} minutes. Latest: ${latest.join(", ")}. Highest: ${format(largest)}.`, maximum, format);
  const x = (time) => LEFT + (width - LEFT - RIGHT) * Math.max(0, 1 - (end - time) / seconds);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(value / maximum, 1));
  values.forEach((row, index) => {
    let path = "";
    let pen = "M";
    row.forEach((value, place) => {
      const time = samples[place].time;
      if (value === null || time < end - seconds) { pen = "M"; return; }
      path += `${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
      // A value between two gaps is a dot, which round ends of a line of no length draw.
      if (pen === "M") path += "h0";
      pen = "L";
    });
    if (path) plot.append(svg("path", { class: `line s${index}`, d: path }));
  });
  plot.append(text(LEFT, "start", `${Math.round(seconds / 60)} min ago`), text(width - RIGHT, "end", "now"));
  figure.replaceChildren();
  title(figure, words);
  figure.append(plot);
  if (series.length > 1) figure.append(legend(series.map((one) => one.name), "lines"));
}

/** Draws a stacked bar for each of `columns` (`{ label, values: Map }`) into `figure`; `names` are the parts, in order. */
export function bars(figure, words, columns, names, format = short) {
  const sums = columns.map((column) => names.reduce((sum, name) => sum + (column.values.get(name) ?? 0), 0));
  const maximum = ceiling(Math.max(0, ...sums));
  const total = sums.reduce((sum, value) => sum + value, 0);
  const width = widthOf(figure);
  const plot = frame(width, `${words}: ${format(total)} in ${columns.length} days, at most ${format(Math.max(0, ...sums))} in one. The table below has the sums.`, maximum, format);
  const step = (width - LEFT - RIGHT) / Math.max(columns.length, 1);
  columns.forEach((column, place) => {
    let base = HEIGHT - BOTTOM;
    names.forEach((name, index) => {
      const value = column.values.get(name) ?? 0;
      const height = (HEIGHT - TOP - BOTTOM) * value / maximum;
      if (!(height > 0)) return;
      base -= height;
      const bar = svg("rect", {
        class: `bar s${index % COLOURS}`, x: (LEFT + step * (place + 0.12)).toFixed(1), y: base.toFixed(1),
        width: (step * 0.76).toFixed(1), height: height.toFixed(1),
      });
      bar.append(svg("title", {}, `${column.label}, ${name}: ${format(value)}`));
      plot.append(bar);
    });
  });
  if (columns.length) {
    plot.append(text(LEFT, "start", columns[0].label), text(width - RIGHT, "end", columns[columns.length - 1].label));
  }
  figure.replaceChildren();
  title(figure, words);
  figure.append(plot, legend(names));
  const days = columns.filter((_, place) => sums[place] > 0);
  figure.append(element("details", {}, element("summary", {}, "As a table"),
    table(words, ["Day", ...names], days.map((column) => [column.label, ...names.map((name) => format(column.values.get(name) ?? 0))]), 1)));
}

/** A bar for each row (`{ name, value, mark }`, from 0 to 1), with a line at `mark`: what the row is entitled to. */
export function shares(node, rows) {
  node.replaceChildren(...rows.map((row) => {
    const percent = (value) => `${(100 * value).toFixed(1)} %`;
    const width = 400;
    const words = `${row.name}: ${percent(row.value)}, by weight ${percent(row.mark)}`;
    const bar = svg("svg", { viewBox: `0 0 ${width} 18`, preserveAspectRatio: "none", role: "img", "aria-label": words },
      svg("rect", { class: "track", width, height: 18, rx: 3 }),
      svg("rect", { class: "bar s0", width: width * row.value, height: 18, rx: 3 }),
      svg("rect", { class: "mark", x: Math.min(width * row.mark, width - 3), width: 3, height: 18 }));
    return element("div", { class: "share" },
      element("span", { class: "name", title: row.name }, row.name), bar, element("span", { class: "number" }, percent(row.value)),
      element("span", { class: "note" }, row.note));
  }));
}
