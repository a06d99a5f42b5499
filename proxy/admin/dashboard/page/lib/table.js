// Tables whose rows stay the same nodes while their values change. On a narrow screen a row becomes a card, for which
// the roles are written out (a table that is displayed otherwise would be none) and each cell carries its label.
import { el, Rows, setAttribute, setText } from "./dom.js";

/**
 * Columns are { name, css, text(item), title(item), tone(item) }, or with `make(item)` in place of `text`, which
 * returns {node, update(item)}. `hint` is the title of the head. `css` "number" is right-aligned.
 */
export class Table {
  #columns;
  #rows;
  #body = el("tbody", { role: "rowgroup" });

  constructor(label, columns, rowOf = () => ({})) {
    this.#columns = columns;
    const heads = columns.map((column) =>
      el(
        "th",
        { scope: "col", role: "columnheader", class: column.css, title: column.hint ?? null },
        column.name || el("span", { class: "unseen" }, column.label),
      ),
    );
    this.node = el(
      "table",
      { role: "table", "aria-label": label },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads)),
      this.#body,
    );
    this.#rows = new Rows(this.#body, (item) => this.#make(item, rowOf));
  }

  update(items, keyOf) {
    this.#rows.update(items, keyOf);
  }

  #make(first, rowOf) {
    const cells = this.#columns.map((column) => {
      const made = column.make?.(first) ?? null;
      const node = el("td", { role: "cell", class: column.css, "data-label": column.name });
      if (made) node.append(made.node);
      return { column, made, node };
    });
    const node = el("tr", { role: "row" }, ...cells.map((cell) => cell.node));
    const update = (item) => {
      for (const [name, value] of Object.entries(rowOf(item))) setAttribute(node, name, value);
      for (const { column, made, node: cell } of cells) {
        if (made) made.update(item);
        else setText(cell, column.text(item));
        if (column.title) setAttribute(cell, "title", column.title(item));
        if (column.tone) setAttribute(cell, "data-tone", column.tone(item));
      }
    };
    return { node, update };
  }
}
