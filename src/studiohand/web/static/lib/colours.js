// One colour and one dash a record, the same on every page, so that a record is known at sight and without colour.

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "5 2 5 6", "1 4"];

/** The mix is 0, references follow in their order. @param {number} index */
export const recordColour = (index) => `var(--record-${index % DASHES.length})`;

/** @param {number} index */
export const recordDash = (index) => DASHES[index % DASHES.length];
