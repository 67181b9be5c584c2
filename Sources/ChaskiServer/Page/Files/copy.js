// Owns: putting text on the clipboard.

/** Copies `text`; returns whether that worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers keep the clipboard from pages that came without TLS from another machine: the old way still works there.
  }
  const focused = document.activeElement;
  const box = document.createElement("textarea");
  box.className = "hidden";
  box.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  try {
    return document.execCommand("copy");
  } finally {
    box.remove();
    focused?.focus({ preventScroll: true });
  }
}
