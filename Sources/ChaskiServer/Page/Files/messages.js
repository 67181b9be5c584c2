// Owns: how a message is shown. Does not own: what its buttons do.

import { copyText } from "./copy.js";
import { render } from "./markdown.js";

export function button(label, action, name = label) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "small";
  node.textContent = label;
  node.setAttribute("aria-label", name);
  node.addEventListener("click", action);
  return node;
}

/**
 * The node of a message; `actions` has `say`, `edit`, `again`, `retry` (null where there is nothing to retry) and
 * `choose`, which is given a version.
 */
export function messageNode(message, actions) {
  const node = document.createElement("article");
  node.className = `message ${message.role}`;
  const title = document.createElement("h2");
  title.textContent = message.role === "user" ? "You" : "Answer";
  const body = document.createElement("div");
  body.className = "body";
  if (message.role === "user") body.dir = "auto";
  const tools = document.createElement("div");
  tools.className = "tools";
  node.append(title, body, tools);
  tools.append(button("Copy", async () => {
    actions.say(await copyText(message.content) ? "Copied." : "This browser does not allow copying.");
  }, "Copy this message"));
  if (message.role === "user") {
    tools.append(button("Edit", () => actions.edit(node), "Edit this message and ask again"));
    if (actions.retry) tools.append(button("Answer", actions.retry, "Answer this message"));
  } else {
    tools.append(button("Again", actions.again, "Answer again"));
  }
  if (message.versions) tools.append(versionButtons(message.versions, actions.choose));
  const figures = document.createElement("span");
  figures.className = "figures";
  tools.append(figures);
  fill(node, message);
  return node;
}

function versionButtons(versions, choose) {
  const shown = versions.indexOf(null);
  const group = document.createElement("span");
  group.className = "versions";
  const earlier = button("\u2039", () => choose(shown - 1), "Earlier version");
  const later = button("\u203a", () => choose(shown + 1), "Later version");
  earlier.disabled = shown === 0;
  later.disabled = shown === versions.length - 1;
  group.append(earlier, `${shown + 1} of ${versions.length}`, later);
  return group;
}

/** Shows what a message says now. */
export function fill(node, message, isRunning = false) {
  const body = node.querySelector(".body");
  node.classList.toggle("running", isRunning);
  node.querySelector(".figures").textContent = isRunning ? "" : message.figures ?? "";
  if (message.role === "user") {
    body.textContent = message.content;
    return;
  }
  if (message.reasoning) {
    let thought = node.querySelector("details");
    if (!thought) {
      thought = document.createElement("details");
      thought.append(document.createElement("summary"), document.createElement("div"));
      thought.firstChild.textContent = "Reasoning";
      body.before(thought);
    }
    thought.lastChild.textContent = message.reasoning;
  }
  render(message.content, body);
}

/** Lets a message be changed in its place; `ask` is given the new text. */
export function editMessage(node, message, ask, cancel) {
  const box = document.createElement("textarea");
  box.value = message.content;
  box.rows = Math.min(message.content.split("\n").length + 1, 12);
  box.dir = "auto";
  box.setAttribute("aria-label", "Edited message");
  const send = button("Ask again", () => { if (box.value.trim()) ask(box.value); });
  node.querySelector(".body").replaceChildren(box);
  node.querySelector(".tools").replaceChildren(send, button("Cancel", cancel));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send.click();
  });
  box.focus();
}
