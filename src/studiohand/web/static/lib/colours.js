// One colour and one dash a record, the same on every page, so that a record is known at sight and without colour.
import { css, svg } from "../vendor/lit.js";

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "5 2 5 6", "1 4"];

/** The styles that `recordClass` names; the colours themselves stand in the theme. */
export const recordColours = css`
  .record-0 { stroke: var(--record-0); } .record-1 { stroke: var(--record-1); } .record-2 { stroke: var(--record-2); }
  .record-3 { stroke: var(--record-3); } .record-4 { stroke: var(--record-4); } .record-5 { stroke: var(--record-5); }
`;

/** The mix is 0, references follow in their order. @param {number} index */
export const recordClass = (index) => `record-${index % DASHES.length}`;

/** @param {number} index */
export const recordDash = (index) => DASHES[index % DASHES.length];

/** A short stroke as it is drawn in charts. @param {number} index */
export const recordMark = (index) => svg`<svg width="26" height="6" aria-hidden="true"><line x1="0" x2="26" y1="3" y2="3"
  stroke-width="2.5" class=${recordClass(index)} stroke-dasharray=${recordDash(index)} /></svg>`;
