// Time, log frequency and level as places on a picture; pure functions.

/** Seconds as minutes:seconds, as fine as a step needs. @param {number} seconds */
export function clock(seconds, step = 0.1) {
  const digits = step >= 1 ? 0 : Math.min(Math.max(Math.ceil(-Math.log10(step)), 1), 4);
  const whole = Number(Math.max(seconds, 0).toFixed(digits));
  const minutes = Math.floor(whole / 60);
  const rest = (whole - minutes * 60).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

/** @param {number} hz */
export const hertz = (hz) => hz >= 1000 ? `${(hz / 1000).toPrecision(3)} kHz` : `${hz.toPrecision(3)} Hz`;

const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/** Name of the nearest note, A4 = 440 Hz. @param {number} hz */
export function noteOf(hz) {
  const number = Math.round(69 + 12 * Math.log2(hz / 440));
  return `${NOTES[((number % 12) + 12) % 12]}${Math.floor(number / 12) - 1}`;
}

/** @param {number} db */
export const decibels = (db) => `${db > 0 ? "+" : db < 0 ? "−" : ""}${Math.abs(db).toFixed(1)} dB`;

/** @param {number} hz @param {number} width */
export const hzToX = (hz, width, low = 20, high = 20000) =>
  (Math.log(hz / low) / Math.log(high / low)) * width;

/** @param {number} x @param {number} width */
export const xToHz = (x, width, low = 20, high = 20000) => low * (high / low) ** (x / width);

/** Round distances for marks, about `wanted` of them over `span`. @param {number} span */
export function niceStep(span, wanted = 8) {
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= raw) ?? raw;
}

/** An SVG path through points; a point without a value lifts the pen. @param {[number, number | null][]} points */
export function pathOf(points) {
  let down = false;
  return points.map(([x, y]) => {
    if (y === null || Number.isNaN(y)) { down = false; return ""; }
    const step = `${down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    down = true;
    return step;
  }).join("");
}

/** Middle of numbers; null where there is none. @param {(number | null)[]} values */
export function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}
