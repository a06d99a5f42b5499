// Which of many rows are shown: a page that shows 10,000 of them shows nothing, slowly. Pure.

/** Whether each word of the filter is in one of the texts, in any case. */
export function matches(filter, texts) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const all = texts.join("\n").toLowerCase();
  return words.every((word) => all.includes(word));
}

/**
 * At most `most` items, in their order. Where there are more, those that matter come in first, so that one failing
 * backend of a thousand is seen.
 */
export function bounded(items, most, matters = () => false) {
  if (items.length <= most) return items;
  const chosen = new Set();
  for (const item of items) {
    if (chosen.size >= most) break;
    if (matters(item)) chosen.add(item);
  }
  for (const item of items) {
    if (chosen.size >= most) break;
    chosen.add(item);
  }
  return items.filter((item) => chosen.has(item));
}
