// The reader's page works without this. With it, selected words of the plan can be commented on at once, the form
// opens in place, and unsent words stay on the device. No text for people stands here.

const KEEP = "apportion-unsent:";
const form = document.querySelector<HTMLFormElement>("form[data-comment]");
const bubble = document.querySelector<HTMLButtonElement>("[data-select]");

interface Selected {
  block: HTMLElement;
  quotation: string;
  start: number;
}

// What stands selected within one block of the plan; null for nothing, or for more than one block.
function selected(): Selected | null {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const at = range.commonAncestorContainer;
  const block = (at instanceof HTMLElement ? at : at.parentElement)?.closest<HTMLElement>("[data-block]");
  if (!block) return null;
  const quotation = selection.toString().trim();
  if (quotation.length < 3 || quotation.length > 1200) return null;
  const ahead = document.createRange();
  ahead.selectNodeContents(block);
  ahead.setEnd(range.startContainer, range.startOffset);
  return { block, quotation, start: ahead.toString().length };
}

function set(name: string, value: string): void {
  const input = form?.elements.namedItem(name);
  if (input instanceof HTMLInputElement) input.value = value;
}

function quote(text: string): void {
  const place = document.querySelector<HTMLElement>("[data-quote]");
  if (!place) return;
  place.hidden = text === "";
  const short = text.length > 220 ? `${text.slice(0, 219)}…` : text;
  place.querySelector("[data-quote-text]")!.textContent = short;
}

function aim(block: string, quotation: string, start: string): void {
  if (!form) return;
  set("block", block);
  set("figure", "");
  set("quotation", quotation);
  set("start", start);
  quote(quotation);
  const title = document.querySelector<HTMLElement>("[data-form-title]");
  if (title) title.textContent = title.dataset[block ? "passage" : "plan"] ?? title.textContent;
  form.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  form.querySelector<HTMLTextAreaElement>("textarea")?.focus({ preventScroll: true });
}

if (form && bubble) {
  let held: Selected | null = null;
  const place = (): void => {
    held = selected();
    bubble.hidden = held === null;
  };
  document.addEventListener("selectionchange", place);
  // A tap on the button would clear the selection first.
  bubble.addEventListener("pointerdown", (event) => event.preventDefault());
  bubble.addEventListener("click", () => {
    if (held) aim(held.block.dataset.block ?? "", held.quotation, String(held.start));
    document.getSelection()?.removeAllRanges();
    bubble.hidden = true;
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLElement>("a[data-aim]");
    if (!link || event.metaKey || event.ctrlKey) return;
    const block = document.querySelector<HTMLElement>(`[data-block="${link.dataset.aim}"]`);
    if (!block) return;
    event.preventDefault();
    aim(link.dataset.aim ?? "", "", "");
    // Numbers of comments stand in the passage, and are no words of it.
    const marks = block.querySelectorAll<HTMLElement>("a.cm");
    for (const mark of marks) mark.style.display = "none";
    quote(block.innerText.trim().split("\n")[0] ?? "");
    for (const mark of marks) mark.style.display = "";
  });
}
const drop = document.querySelector<HTMLButtonElement>("[data-quote-drop]");
if (drop) {
  drop.hidden = false;
  drop.addEventListener("click", () => aim("", "", ""));
}

// Unsent words stay on the device until they were sent or the reader clears them.
for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-keep]")) {
  const key = KEEP + area.dataset.keep;
  try {
    if (!area.value) area.value = localStorage.getItem(key) ?? "";
    area.addEventListener("input", () => localStorage.setItem(key, area.value));
  } catch {
    break; // a browser that keeps nothing: the form works all the same
  }
}
const sent = document.querySelector<HTMLElement>("[data-sent-key]");
if (sent) {
  try {
    localStorage.removeItem(KEEP + sent.dataset.sentKey);
  } catch {
    sent.removeAttribute("data-sent-key");
  }
}
document.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  const target = event.target as HTMLFormElement;
  if (target.dataset.sent) event.preventDefault();
  target.dataset.sent = "1";
  button?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const target of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete target.dataset.sent;
});
document.querySelector<HTMLElement>("[data-focus]")?.focus();
