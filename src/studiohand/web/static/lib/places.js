// Where to listen for a finding, and where bars are; pure functions of what the server said.

const PRE_ROLL_S = 1;
const LONGEST_LOOP_S = 12;
const SHORTEST_LOOP_S = 2;

/** Span in seconds to loop for a finding, with pre-roll: what its evidence names, else its own.
 * @param {any} finding @returns {[number, number]} */
export function loopOf(finding) {
  const { loop_s: loop, places_s: places, at_s: at } = finding.evidence ?? {};
  const longest = places?.reduce((best, place) => (place[1] - place[0] > best[1] - best[0] ? place : best));
  const [from, to] = loop ?? longest ?? (at ? [at[0], at[0]] : [finding.start_s, finding.end_s]);
  const stop = Math.min(Math.max(to, from + SHORTEST_LOOP_S), from + LONGEST_LOOP_S - PRE_ROLL_S);
  return [Math.max(from - PRE_ROLL_S, 0), stop];
}

/** Exact place of a fault, where the evidence gives one. @param {any} finding */
export const pointOf = (finding) => finding.evidence?.at_s?.[0] ?? finding.start_s;

/** Bar number from 1 and where it begins; null before the first or where there is no pulse.
 * @param {any} music @param {number} seconds */
export function barAt(music, seconds) {
  const bars = music?.bars_s ?? [];
  const index = bars.findLastIndex((start) => start <= seconds + 1e-3);
  if (index < 0) return null;
  const beats = (music.beats_s ?? []).filter((beat) => beat >= bars[index] - 1e-3 && beat <= seconds + 1e-3).length;
  return { bar: index + 1, beat: Math.max(beats, 1), start: bars[index] };
}

/** Seconds one bar on (or back) from a place; two seconds where there are no bars.
 * @param {any} music @param {number} seconds @param {1|-1} by */
export function barFrom(music, seconds, by) {
  const bars = music?.bars_s ?? [];
  if (bars.length < 2) return seconds + 2 * by;
  if (by > 0) return bars.find((start) => start > seconds + 0.02) ?? seconds;
  return bars.findLast((start) => start < seconds - 0.25) ?? 0;
}
