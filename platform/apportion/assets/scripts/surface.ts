// The writing surface: a passage is written as it will read, its figures standing as numbers that can't be typed
// over. It writes what the plain field would hold, so the form stays the same with and without it.
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { type Mark, type Node, Schema, Slice } from "prosemirror-model";
import { type Command, EditorState, Plugin } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";

export interface Face {
  key: string;
  label: string;
  year: string;
  printed: Record<string, Record<string, string>>;
}
export type Faces = Map<string, Face>;

// The same marks as workers/planning/inline.py reads.
const TOKEN = /\{\{figure:(?<key>[^{}|]+)(?:\|(?<style>[a-z]+))?\}\}|\{\{stated:(?<stated>[^{}]+)\}\}|\*\*(?<strong>[^*\n]+)\*\*|\*(?<em>[^*\n]+)\*/g;

const schema = new Schema({
  nodes: {
    doc: { content: "paragraph+" },
    paragraph: { content: "inline*", toDOM: () => ["p", 0], parseDOM: [{ tag: "p" }] },
    text: { group: "inline" },
    figure: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { key: {}, style: { default: "" }, text: {}, label: {} },
      toDOM: (node) => ["span", { class: "bf", title: node.attrs.label, "data-figure": node.attrs.key }, node.attrs.text],
    },
    stated: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { text: {} },
      toDOM: (node) => ["span", { class: "stated" }, node.attrs.text, ["sup", "†"]],
    },
  },
  marks: { strong: { toDOM: () => ["strong", 0] }, em: { toDOM: () => ["em", 0] } },
});

function inline(text: string, faces: Faces, language: string, marks: readonly Mark[] = []): Node[] {
  const found: Node[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) found.push(schema.text(text.slice(end, match.index), marks));
    const groups = match.groups ?? {};
    if (groups.key) found.push(figure(groups.key.trim(), groups.style ?? "", faces, language));
    else if (groups.stated) found.push(schema.nodes.stated.create({ text: groups.stated.trim() }));
    else if (groups.strong) found.push(...inline(groups.strong, faces, language, [schema.marks.strong.create()]));
    else found.push(...inline(groups.em, faces, language, [schema.marks.em.create()]));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(schema.text(text.slice(end), marks));
  return found;
}

function figure(key: string, style: string, faces: Faces, language: string): Node {
  const face = faces.get(key);
  const printed = face?.printed[language];
  const text = printed?.[style] ?? printed?.[""] ?? "?";
  return schema.nodes.figure.create({ key, style, text, label: face ? `${face.label} ${face.year}`.trim() : key });
}

function read(text: string, kind: string, faces: Faces, language: string): Node {
  const lines =
    kind === "list"
      ? text.split("\n").map((line) => line.trim().replace(/^[-*] /, ""))
      : text.split(/\n\s*\n/).map((part) => part.trim().replace(/\s*\n\s*/g, " "));
  const kept = lines.filter(Boolean);
  const paragraphs = (kept.length ? kept : [""]).map((line) => schema.nodes.paragraph.create(null, inline(line, faces, language)));
  return schema.nodes.doc.create(null, paragraphs);
}

function wrapped(text: string, marks: readonly Mark[]): string {
  if (!text.trim() || !marks.length) return text;
  const [, lead, core, tail] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? ["", "", text, ""];
  const sign = marks.some((mark) => mark.type.name === "strong") ? "**" : "*";
  return `${lead}${sign}${core}${sign}${tail}`;
}

function written(doc: Node, kind: string): string {
  const parts: string[] = [];
  doc.forEach((paragraph) => {
    let line = "";
    paragraph.forEach((node) => {
      if (node.type.name === "figure") line += `{{figure:${node.attrs.key}${node.attrs.style ? `|${node.attrs.style}` : ""}}}`;
      else if (node.type.name === "stated") line += `{{stated:${node.attrs.text}}}`;
      else line += wrapped(node.text ?? "", node.marks);
    });
    if (line.trim()) parts.push(kind === "list" ? `- ${line.trim()}` : line.trim());
  });
  return parts.join(kind === "list" ? "\n" : "\n\n");
}

// Turns a mark on or off for what is selected, or for what is typed next.
function toggle(name: "strong" | "em"): Command {
  return (state, dispatch) => {
    const type = schema.marks[name];
    const { from, to, empty } = state.selection;
    const on = empty ? !!type.isInSet(state.storedMarks ?? state.selection.$from.marks()) : state.doc.rangeHasMark(from, to, type);
    const change = state.tr;
    if (empty) on ? change.removeStoredMark(type) : change.addStoredMark(type.create());
    else on ? change.removeMark(from, to, type) : change.addMark(from, to, type.create());
    dispatch?.(change);
    return true;
  };
}

// Enter begins a new paragraph, or the next item of a list; a heading is one line.
function split(kind: string): Command {
  return (state, dispatch) => {
    if (kind === "heading") return true;
    const change = state.tr.deleteSelection();
    dispatch?.(change.split(change.selection.from).scrollIntoView());
    return true;
  };
}

// Backspace at a paragraph's beginning and Delete at its end join it with its neighbour.
const join: (back: boolean) => Command = (back) => (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty) {
    dispatch?.(state.tr.deleteSelection().scrollIntoView());
    return true;
  }
  const near = back ? $from.nodeBefore : $from.nodeAfter;
  if (near?.type.isAtom && !near.isText) {
    const at = back ? $from.pos - near.nodeSize : $from.pos;
    dispatch?.(state.tr.delete(at, at + near.nodeSize).scrollIntoView());
    return true;
  }
  const edge = back ? $from.parentOffset === 0 : $from.parentOffset === $from.parent.content.size;
  const at = back ? $from.before() : $from.after();
  if (!edge || at <= 0 || at >= state.doc.content.size) return false;
  dispatch?.(state.tr.join(at).scrollIntoView());
  return true;
};

function touchesFigure(state: EditorState, from: number, to: number): boolean {
  let touched = false;
  if (to > from) state.doc.nodesBetween(from, to, (node) => void (touched ||= node.type.name === "figure"));
  return touched;
}

export class Surface {
  private readonly view: EditorView;
  private loose: string[] = [];

  constructor(
    readonly field: HTMLTextAreaElement,
    private readonly kind: () => string,
    readonly language: string,
    private readonly faces: Faces,
    private readonly bound: () => void,
    keys: Record<string, () => void>,
  ) {
    const label = field.labels?.[0];
    if (label) label.id ||= `${field.id}-label`;
    const place = document.createElement("div");
    place.className = `ed-surface ${kind()}`;
    field.before(place);
    field.hidden = true;
    field.required = false;
    const acts = Object.fromEntries(Object.entries(keys).map(([key, act]) => [key, (() => (act(), true)) as Command]));
    this.view = new EditorView(place, {
      state: this.fresh(acts),
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": label?.id ?? "",
        lang: language,
        class: "ed-words",
        spellcheck: "true",
      },
      handleTextInput: (view, from, to, text) => {
        const { $from } = view.state.selection;
        const digit = /\d/.test(text);
        const beside = $from.nodeBefore?.type.name === "figure" || $from.nodeAfter?.type.name === "figure";
        if (!touchesFigure(view.state, from, to) && !(digit && from === to && beside)) return false;
        this.bound();
        return true;
      },
      // What comes from elsewhere comes as words; figures copied here come along as references.
      handlePaste: (view, event) => {
        const text = event.clipboardData?.getData("text/plain") ?? "";
        const { from, to } = view.state.selection;
        if (touchesFigure(view.state, from, to)) this.bound();
        else if (text) view.dispatch(view.state.tr.replaceSelection(new Slice(this.read(text).content, 1, 1)).scrollIntoView());
        return true;
      },
      clipboardTextSerializer: (slice) => {
        const texts: string[] = [];
        slice.content.forEach((node) => texts.push(written(schema.nodes.doc.create(null, node), "paragraph")));
        return texts.join("\n\n");
      },
      dispatchTransaction: (change) => {
        this.view.updateState(this.view.state.apply(change));
        if (!change.docChanged) return;
        field.value = written(this.view.state.doc, kind());
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
    });
    label?.addEventListener("click", () => this.view.focus());
  }

  private fresh(acts: Record<string, Command>): EditorState {
    const commands = {
      Enter: ((state, dispatch) => split(this.kind())(state, dispatch)) as Command,
      Backspace: join(true),
      Delete: join(false),
      "Mod-z": undo,
      "Mod-y": redo,
      "Shift-Mod-z": redo,
      "Mod-b": toggle("strong"),
      "Mod-i": toggle("em"),
      ...acts,
    };
    const marked = new Plugin({ props: { decorations: (state) => this.underlined(state) } });
    const doc = this.read(this.field.value);
    return EditorState.create({ doc, plugins: [history(), keymap(commands), marked] });
  }

  private read(text: string): Node {
    return read(text, this.kind(), this.faces, this.language);
  }

  // Loose numbers are underlined where they stand.
  private underlined(state: EditorState): DecorationSet {
    const found: Decoration[] = [];
    state.doc.descendants((node, at) => {
      for (const number of node.isText ? this.loose : []) {
        for (let index = node.text!.indexOf(number); index >= 0; index = node.text!.indexOf(number, index + number.length)) {
          found.push(Decoration.inline(at + index, at + index + number.length, { class: "loose" }));
        }
      }
    });
    return DecorationSet.create(state.doc, found);
  }

  focus(): void {
    this.view.focus();
  }

  hasFocus(): boolean {
    return this.view.hasFocus();
  }

  mark(name: "strong" | "em"): void {
    toggle(name)(this.view.state, this.view.dispatch);
    this.view.focus();
  }

  underline(numbers: string[]): void {
    this.loose = numbers;
    this.view.dispatch(this.view.state.tr);
  }

  insert(key: string, style: string): void {
    const node = figure(key, style, this.faces, this.language);
    const { $from, $to } = this.view.state.selection;
    const change = this.view.state.tr.replaceSelectionWith(node, false);
    const before = $from.parentOffset > 0 && !/\s$/.test($from.parent.textBetween(0, $from.parentOffset, undefined, "x"));
    const rest = $to.parent.textBetween($to.parentOffset, $to.parent.content.size, undefined, "x");
    if (before) change.insertText(" ", $from.pos);
    if (rest && !/^[\s.,;:!?)]/.test(rest)) change.insertText(" ", change.selection.to);
    this.view.dispatch(change.scrollIntoView());
    this.view.focus();
  }

  // A loose number becomes one that the author stands for, or makes room for a figure.
  replaceLoose(number: string, stated: boolean): boolean {
    let place = -1;
    this.view.state.doc.descendants((node, at) => {
      const index = node.isText ? node.text!.indexOf(number) : -1;
      if (place < 0 && index >= 0) place = at + index;
    });
    if (place < 0) return false;
    const change = this.view.state.tr;
    if (stated) change.replaceWith(place, place + number.length, schema.nodes.stated.create({ text: number }));
    else change.delete(place, place + number.length);
    this.view.dispatch(change);
    return true;
  }

  // Takes the field's words, after something else wrote them.
  reload(): void {
    const doc = this.read(this.field.value);
    this.view.dispatch(this.view.state.tr.replaceWith(0, this.view.state.doc.content.size, doc.content));
  }
}
