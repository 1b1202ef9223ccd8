// Time, log frequency and level as places on a picture; pure functions.

/** Seconds as minutes:seconds. @param {number} seconds */
export function clock(seconds) {
  const minutes = Math.floor(Math.max(seconds, 0) / 60);
  const rest = Math.max(seconds, 0) - minutes * 60;
  return `${minutes}:${rest.toFixed(1).padStart(4, "0")}`;
}

/** @param {number} hz */
export const hertz = (hz) => hz >= 1000 ? `${(hz / 1000).toPrecision(3)} kHz` : `${hz.toPrecision(3)} Hz`;

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
