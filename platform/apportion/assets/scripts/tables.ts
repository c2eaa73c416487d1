// Shows that a table goes on behind its edge, and copies it as a spreadsheet takes it: tabs between cells,
// minus signs instead of parentheses.
export function watchTables(root: ParentNode): void {
  for (const table of root.querySelectorAll<HTMLTableElement>("table.rows")) nameCells(table);
  for (const box of root.querySelectorAll<HTMLElement>(".scroll:not([data-edge])")) {
    box.dataset.edge = "1";
    // The right edge fades while more columns lie behind it.
    const look = (): void => {
      box.classList.toggle("more-right", box.scrollWidth - box.clientWidth - box.scrollLeft > 4);
    };
    box.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(box);
  }
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-copy]:not([data-ready])")) {
    button.dataset.ready = "1";
    button.hidden = false;
    button.addEventListener("click", () => {
      const table = document.getElementById(button.dataset.copy ?? "");
      if (!(table instanceof HTMLTableElement)) return;
      void navigator.clipboard.writeText(asText(table)).then(() => {
        const before = button.textContent;
        button.textContent = button.dataset.copied ?? before;
        window.setTimeout(() => (button.textContent = before), 2000);
      });
    });
  }
}

// On a phone each row is a block without its head, so each cell carries the head's words for the style to show.
function nameCells(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent?.trim() ?? "");
  for (const row of table.tBodies[0]?.rows ?? []) {
    if (row.cells.length !== heads.length) continue;
    [...row.cells].forEach((cell, place) => {
      if (cell.tagName === "TD" && heads[place]) cell.dataset.label = heads[place];
    });
  }
}

function asText(table: HTMLTableElement): string {
  return [...table.rows].map((row) => [...row.cells].map(cellText).join("\t")).join("\n");
}

function cellText(cell: HTMLTableCellElement): string {
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const hidden of copy.querySelectorAll(".vh")) hidden.remove();
  const text = (copy.textContent ?? "").replace(/\s+/g, " ").trim();
  const negative = /^\(([\d,.$%]+)\)$/.exec(text);
  const plain = negative ? `-${negative[1]}` : text;
  return cell.classList.contains("num") ? plain.replaceAll(",", "") : plain;
}
