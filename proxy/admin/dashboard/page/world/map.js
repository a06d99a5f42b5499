// The earth as a plate carrée with a disc for each region, drawn by the page itself.
import { el, Rows, setAttribute, setText, svg } from "../lib/dom.js";
import { toneOf } from "../lib/marks.js";
import { kLand } from "./land.js";

const kUnitsPerDegree = 2;
const kNorth = 84;
const kSouth = -57;
const kWidth = 360 * kUnitsPerDegree;
const kHeight = (kNorth - kSouth) * kUnitsPerDegree;
const kRadius = { least: 5, most: 20 };
const kLabelGap = 4;
const kLabelRoom = 110; // to the right of a disc; nearer to the edge its label is on the left

/** Where a place is drawn; what lies beyond the edges, on them. */
export function pointOf([latitude, longitude]) {
  const y = (kNorth - Math.min(Math.max(latitude, kSouth), kNorth)) * kUnitsPerDegree;
  return { x: (longitude + 180) * kUnitsPerDegree, y };
}

/** A disc's area grows with a share of 0 to 1, from the least that can be seen. */
export function radiusOf(share) {
  const { least, most } = kRadius;
  return Math.sqrt(least * least + (most * most - least * least) * Math.min(Math.max(share, 0), 1));
}

/** Regions are { name, location, state, share, text }; those without a location are not drawn. */
export class WorldMap {
  #rows;

  constructor(label) {
    const regions = svg("g");
    this.node = el(
      "figure",
      { class: "world" },
      svg(
        "svg",
        { viewBox: `0 0 ${kWidth} ${kHeight}`, role: "img", "aria-label": label },
        svg("path", { class: "land", d: kLand, "fill-rule": "evenodd" }),
        regions,
      ),
    );
    this.#rows = new Rows(regions, () => makeRegion());
  }

  /** Large ones are drawn first, so that small ones beside them can be seen. */
  update(regions) {
    const drawn = regions.filter((region) => region.location).sort((a, b) => b.share - a.share);
    this.#rows.update(drawn, (region) => region.name);
    return drawn.length;
  }
}

function makeRegion() {
  const title = svg("title");
  const disc = svg("circle");
  const label = svg("text");
  const node = svg("g", { class: "region" }, title, disc, label);
  const update = (region) => {
    const { x, y } = pointOf(region.location);
    const radius = radiusOf(region.share);
    const isLeft = x + radius + kLabelRoom > kWidth;
    setAttribute(node, "data-tone", toneOf(region.state));
    setAttribute(node, "data-region", region.name);
    setAttribute(disc, "cx", x);
    setAttribute(disc, "cy", y);
    setAttribute(disc, "r", radius.toFixed(1));
    setAttribute(label, "x", (isLeft ? x - radius - kLabelGap : x + radius + kLabelGap).toFixed(1));
    setAttribute(label, "y", y + 4);
    setAttribute(label, "text-anchor", isLeft ? "end" : "start");
    setText(label, region.label);
    setText(title, region.text);
  };
  return { node, update };
}
