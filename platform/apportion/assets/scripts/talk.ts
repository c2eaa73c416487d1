// Threads beside the page: words selected in the plan are commented on at once, and the words that a thread is
// about are marked where they stand.
const form = document.getElementById("new-comment") as HTMLFormElement | null;
const bubble = document.querySelector<HTMLButtonElement>("[data-select]");

interface Selected {
  block: string;
  quotation: string;
  start: number;
}

function selected(): Selected | null {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const node = range.commonAncestorContainer;
  const place = (node instanceof HTMLElement ? node : node.parentElement)?.closest<HTMLElement>("[data-print]");
  const quotation = selection.toString().trim();
  const block = place?.closest<HTMLElement>("[data-block]")?.dataset.block;
  if (!place || !block || quotation.length < 3 || quotation.length > 1200) return null;
  const ahead = document.createRange();
  ahead.selectNodeContents(place);
  ahead.setEnd(range.startContainer, range.startOffset);
  return { block, quotation, start: ahead.toString().trimStart().length };
}

function aim(about: Selected): void {
  if (!form) return;
  form.hidden = false;
  form.action = (form.dataset.action ?? "").replace(/\/0\/comments$/, `/${about.block}/comments`);
  const set = (name: string, value: string): void => {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  };
  set("quotation", about.quotation);
  set("start", about.quotation ? String(about.start) : "");
  const quote = form.querySelector<HTMLElement>("[data-quote]");
  const passage = document.querySelector<HTMLElement>(`[data-block="${about.block}"] [data-print]`)?.innerText ?? "";
  const shown = about.quotation || passage.trim().replace(/\s+/g, " ");
  if (quote) {
    quote.hidden = !shown;
    quote.textContent = shown.length > 160 ? `${shown.slice(0, 159)}…` : shown;
  }
  form.scrollIntoView({ block: "nearest" });
  form.querySelector("textarea")?.focus();
}

// Finds a quotation in a passage as it is printed, the one nearest to where it once began.
function rangeOf(place: HTMLElement, quotation: string, start: number): Range | null {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const nodes: { node: Text; at: number }[] = [];
  let text = "";
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    nodes.push({ node, at: text.length });
    text += node.data;
  }
  const pattern = new RegExp(quotation.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+"), "g");
  const lead = text.length - text.trimStart().length;
  const found = [...text.matchAll(pattern)].sort((a, b) => Math.abs(a.index - lead - start) - Math.abs(b.index - lead - start))[0];
  if (!found) return null;
  const range = document.createRange();
  const point = (at: number): [Text, number] => {
    const holder = nodes.filter((each) => each.at <= at).at(-1) ?? nodes[0];
    return [holder.node, Math.min(at - holder.at, holder.node.length)];
  };
  range.setStart(...point(found.index));
  range.setEnd(...point(found.index + found[0].length));
  return range;
}

function mark(): void {
  if (!("highlights" in CSS)) return;
  const all = new Highlight();
  for (const thread of document.querySelectorAll<HTMLElement>("[data-quotation]")) {
    const place = document.querySelector<HTMLElement>(`[data-block="${thread.dataset.about}"] [data-print]`);
    const range = place ? rangeOf(place, thread.dataset.quotation ?? "", Number(thread.dataset.start || 0)) : null;
    if (!range) continue;
    all.add(range);
    const on = (): void => void CSS.highlights.set("talk-on", new Highlight(range));
    const off = (): void => void CSS.highlights.delete("talk-on");
    for (const name of ["mouseenter", "focusin"]) thread.addEventListener(name, on);
    for (const name of ["mouseleave", "focusout"]) thread.addEventListener(name, off);
  }
  CSS.highlights.set("talk", all);
}

export function watchTalk(): void {
  mark();
  document.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLElement>("a[data-comment]");
    if (!link || !form || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    aim({ block: link.dataset.comment ?? "", quotation: "", start: 0 });
  });
  form?.querySelector("[data-cancel]")?.addEventListener("click", () => {
    form.reset();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.hidden = true;
  });
  if (!bubble) return;
  let held: Selected | null = null;
  document.addEventListener("selectionchange", () => {
    held = selected();
    bubble.hidden = held === null;
  });
  // A tap on the button would clear the selection first.
  bubble.addEventListener("pointerdown", (event) => event.preventDefault());
  bubble.addEventListener("click", () => {
    const about = held;
    document.getSelection()?.removeAllRanges();
    bubble.hidden = true;
    if (about) aim(about);
  });
}
