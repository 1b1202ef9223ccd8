// Lanes that are not audio files: loudness of A and B, and who hides whom, band by time.
import { hertz } from "../lib/axes.js";

const FONT = "10px system-ui, sans-serif";
const QUIETEST_LUFS = -42;
const LOUDEST_LUFS = -3;
export const LOUDNESS_TILE_S = 30;
const PER_SECOND = 10;
const LOWEST_HZ = 40;
const HIGHEST_HZ = 16000;

/** @param {CanvasRenderingContext2D} pen @param {import("./view.js").View} view
 * @param {("A"|"B")[]} decks @param {(deck: "A"|"B", index: number) => Float32Array | null} tile */
export function drawLoudness(pen, view, decks, tile, { y, height }, colour) {
  const at = (lufs) => y + 3 + ((LOUDEST_LUFS - Math.max(lufs, QUIETEST_LUFS)) / (LOUDEST_LUFS - QUIETEST_LUFS)) * (height - 6);
  pen.font = FONT;
  for (const lufs of [-14, -23]) {
    pen.fillStyle = colour("line");
    pen.fillRect(0, Math.round(at(lufs)), view.width, 1);
    pen.fillStyle = colour("soft");
    pen.fillText(`−${-lufs} LUFS`, 3, at(lufs) - 2);
  }
  const wide = LOUDNESS_TILE_S * view.rate;
  for (const deck of decks) {
    for (let index = Math.floor(view.start / wide); index * wide < view.stop; index += 1) {
      const values = tile(deck, index);
      if (!values) continue;
      line(pen, view, values, 1, index, at, colour(deck.toLowerCase()), 0.35);
      line(pen, view, values, 0, index, at, colour(deck.toLowerCase()), 1);
    }
  }
}

/** Energy mean of short-term loudness over a span in seconds; null where nothing is known yet.
 * @param {(index: number) => Float32Array | null} tile */
export function meanLoudness(tile, fromS, toS) {
  let sum = 0;
  let count = 0;
  for (let tenth = Math.ceil(fromS * PER_SECOND); tenth < toS * PER_SECOND; tenth += 1) {
    const index = Math.floor(tenth / (LOUDNESS_TILE_S * PER_SECOND));
    const lufs = tile(index)?.[2 * (tenth - index * LOUDNESS_TILE_S * PER_SECOND)];
    if (lufs === undefined || Number.isNaN(lufs)) continue;
    sum += 10 ** (lufs / 10);
    count += 1;
  }
  return count ? 10 * Math.log10(sum / count) : null;
}

function line(pen, view, values, row, index, at, colour, alpha) {
  const every = Math.max(1, Math.floor((view.span / view.width) * PER_SECOND / view.rate));
  pen.beginPath();
  let drawing = false;
  for (let n = row === 1 ? every - 1 : 0; n * 2 < values.length; n += every) {
    const lufs = values[2 * n + row];
    const x = view.xOf(index * LOUDNESS_TILE_S + (n + 1) / PER_SECOND);
    if (Number.isNaN(lufs)) { drawing = false; continue; }
    if (drawing) pen.lineTo(x, at(lufs)); else pen.moveTo(x, at(lufs));
    drawing = true;
  }
  pen.strokeStyle = colour;
  pen.globalAlpha = alpha;
  pen.lineWidth = row === 0 ? 1.5 : 1;
  pen.stroke();
  pen.globalAlpha = 1;
}

/** Places where one stem hides another. @param {any[]} findings */
export const clashes = (findings) => findings.filter((f) => f.kind === "clash" && f.band_hz);

/** @param {CanvasRenderingContext2D} pen @param {import("./view.js").View} view */
export function drawClashes(pen, view, findings, chosen, { y, height }, colour) {
  const at = (hz) => y + height - 2 - (Math.log(hz / LOWEST_HZ) / Math.log(HIGHEST_HZ / LOWEST_HZ)) * (height - 4);
  pen.font = FONT;
  pen.fillStyle = colour("soft");
  for (const hz of [100, 1000, 10000]) {
    pen.globalAlpha = 0.25;
    pen.fillRect(0, Math.round(at(hz)), view.width, 1);
    pen.globalAlpha = 1;
    pen.fillText(hertz(hz), 3, at(hz) + 3);
  }
  for (const finding of [...clashes(findings)].reverse()) {
    const top = at(Math.min(finding.band_hz[1], HIGHEST_HZ));
    const tall = Math.max(at(Math.max(finding.band_hz[0], LOWEST_HZ)) - top, 3);
    const places = finding.evidence.places_s ?? [[finding.start_s, finding.end_s]];
    const [hidden, hider] = finding.stems;
    for (const [from, to] of places) {
      const left = view.xOf(from);
      const wide = Math.max(view.xOf(to) - left, 2);
      if (left + wide < 0 || left > view.width) continue;
      pen.fillStyle = colour("found");
      pen.globalAlpha = chosen?.id === finding.id ? 0.55 : 0.12 + 0.03 * Math.min(finding.value ?? 0, 10);
      pen.fillRect(left, top, wide, tall);
      pen.globalAlpha = 1;
      if (wide < 60 || (tall < 10 && chosen?.id !== finding.id)) continue;
      pen.save();
      pen.beginPath();
      pen.rect(left, y, wide, height);
      pen.clip();
      pen.fillStyle = colour("text");
      pen.fillText(`${hider} over ${hidden}`, Math.max(left, 44) + 4, top + tall / 2 + 3);
      pen.restore();
    }
  }
}
