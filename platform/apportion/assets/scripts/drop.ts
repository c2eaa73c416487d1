// Dropping files on a file field: shows their names, and says before sending when one is larger than the limit.
export function watchDrops(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("[data-drop]:not([data-ready])")) {
    box.dataset.ready = "1";
    const input = box.querySelector<HTMLInputElement>("input[type=file]");
    const say = box.querySelector<HTMLElement>(".drop-say span");
    if (!input || !say) continue;
    for (const name of ["dragenter", "dragover"]) box.addEventListener(name, () => box.classList.add("is-over"));
    for (const name of ["dragleave", "drop"]) box.addEventListener(name, () => box.classList.remove("is-over"));
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      const limit = Number(input.dataset.limit ?? Infinity);
      const large = files.find((file) => file.size > limit);
      input.setCustomValidity(large ? (box.dataset.tooLarge ?? "").replace("#", large.name) : "");
      if (large) input.reportValidity();
      if (files.length === 1) say.textContent = files[0].name;
      else if (files.length) say.textContent = (box.dataset.many ?? "").replace("#", String(files.length));
      box.classList.toggle("has-file", files.length > 0 && !large);
    });
  }
}
