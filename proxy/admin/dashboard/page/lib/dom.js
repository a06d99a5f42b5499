// Building and updating nodes. Whatever is shown goes through textContent: names come from configurations and clients,
// and no byte of them may become markup.

const kSvg = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An element; attributes whose name starts with "on" are listeners, children are nodes or text. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(kSvg, tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** Touches the document only if something changes, so that selections and screen readers are left in peace. */
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** null and false take the attribute away, true sets it empty. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/**
 * The children of a node, one for each item of a list: made once, updated while their key stays, and moved only where
 * the order changed. `make(item)` returns {node, update(item)}.
 */
export class Rows {
  #container;
  #make;
  #rows = new Map();

  constructor(container, make) {
    this.#container = container;
    this.#make = make;
  }

  update(items, keyOf) {
    const kept = new Map();
    let next = this.#container.firstChild;
    for (const item of items) {
      const key = keyOf(item);
      if (kept.has(key)) continue; // a key that comes twice would be one row in two places
      const row = this.#rows.get(key) ?? this.#make(item);
      row.update(item);
      kept.set(key, row);
      if (row.node === next) next = next.nextSibling;
      else this.#container.insertBefore(row.node, next);
    }
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.node.remove();
    this.#rows = kept;
  }
}
