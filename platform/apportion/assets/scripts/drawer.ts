// The drawer beside the page: links marked data-drawer open in it, Escape closes it, focus goes in and back.
import htmx from "htmx.org";

let opener: HTMLElement | null = null;
let home: HTMLElement | null = null; // what stands in the drawer when nothing else does: a page's threads

function drawer(): HTMLElement | null {
  return document.getElementById("drawer");
}

function mark(): void {
  const box = drawer();
  if (!box) return;
  const full = box.textContent?.trim() !== "";
  document.getElementById("frame")?.classList.toggle("drawer-open", full);
  const atHome = home !== null && box.contains(home);
  box.classList.toggle("is-open", full);
  box.classList.toggle("is-home", atHome);
  if (full && !atHome && !box.querySelector("[data-close-drawer]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "x";
    button.dataset.closeDrawer = "";
    button.setAttribute("aria-label", box.dataset.close ?? "");
    button.innerHTML = '<svg class="ico" viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 3.5l9 9M12.5 3.5l-9 9" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/></svg>';
    box.prepend(button);
  }
}

function close(): void {
  const box = drawer();
  if (!box || !box.textContent?.trim() || (home && box.contains(home))) return;
  box.replaceChildren(...(home ? [home] : []));
  mark();
  for (const cell of document.querySelectorAll(".pick")) cell.classList.remove("pick");
  opener?.focus();
  opener = null;
}

export function watchDrawer(): void {
  home = drawer()?.querySelector<HTMLElement>(":scope > [data-home]") ?? null;
  mark();
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-close-drawer]")) {
      event.preventDefault();
      close();
      return;
    }
    const link = target.closest<HTMLAnchorElement>("a[data-drawer]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (!link.closest("#drawer")) {
      opener = link;
      for (const cell of document.querySelectorAll(".pick")) cell.classList.remove("pick");
      link.closest("td")?.classList.add("pick");
    }
    link.setAttribute("aria-busy", "true");
    home?.remove(); // whole, with what is written in it, to come back when the drawer closes
    void htmx.ajax("get", link.href, { target: "#drawer", swap: "innerHTML", headers: { "X-Drawer": "1" } }).then(() => {
      link.removeAttribute("aria-busy");
      mark();
      const box = drawer();
      (box?.querySelector<HTMLElement>("h2, h3") ?? box)?.scrollIntoView({ block: "nearest" });
      box?.focus({ preventScroll: true });
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.body.addEventListener("htmx:afterSwap", mark);
}
