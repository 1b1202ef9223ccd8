// The head of the timeline: sections, ruler with bars or seconds, findings, intents and comments.
import { clock, niceStep } from "../lib/axes.js";

export const SECTIONS = 16;
export const RULER = 20;
export const MARKS = 20;
export const NOTES = 18;
export const TOP = SECTIONS + RULER + MARKS + NOTES;
export const SHAPES = { must: "▲", should: "◆", could: "●" };
const FONT = "11px system-ui, sans-serif";

/** @param {CanvasRenderingContext2D} pen @param {import("./view.js").View} view */
export function drawSections(pen, view, music, colour) {
  pen.font = FONT;
  const { sections_s: edges = [], letters = [] } = music ?? {};
  letters.forEach((letter, index) => {
    const left = view.xOf(edges[index]);
    const right = view.xOf(edges[index + 1]);
    if (right < 0 || left > view.width) return;
    pen.fillStyle = index % 2 ? colour("raised") : colour("panel");
    pen.fillRect(left, 0, right - left, SECTIONS - 1);
    pen.fillStyle = colour("soft");
    if (right - Math.max(left, 0) > 12) pen.fillText(String.fromCharCode(65 + letter), Math.max(left, 0) + 4, SECTIONS - 4);
  });
}

/** Bars where there is a pulse and they fit, seconds otherwise. */
export function drawRuler(pen, view, music, colour) {
  pen.font = FONT;
  pen.fillStyle = colour("soft");
  const bars = music?.bars_s ?? [];
  const base = SECTIONS + RULER;
  const between = bars.length > 8 ? (bars[bars.length - 1] - bars[0]) / (bars.length - 1) : 0;
  const perBar = between ? (between * view.rate / view.span) * view.width : 0;
  const everyBar = perBar ? [1, 2, 4, 8, 16, 32, 64].find((n) => n * perBar > 70) : 0;
  if (everyBar) {
    bars.forEach((at, index) => {
      const x = Math.round(view.xOf(at));
      if (x < -60 || x > view.width) return;
      const numbered = index % everyBar === 0;
      if (numbered || perBar > 6) pen.fillRect(x, base - (numbered ? 9 : 4), 1, numbered ? 9 : 4);
      if (numbered) pen.fillText(`${index + 1}  ${clock(at)}`, x + 3, base - 7);
    });
    return;
  }
  const step = niceStep(view.span / view.rate, view.width / 90);
  for (let mark = Math.ceil(view.start / view.rate / step) * step; mark * view.rate <= view.stop; mark += step) {
    pen.fillRect(Math.round(view.xOf(mark)), base - 6, 1, 6);
    pen.fillText(clock(mark, step), view.xOf(mark) + 3, base - 7);
  }
}

/** Findings: severity by shape as well as by colour; the span as a line beneath. */
export function drawMarks(pen, view, findings, chosen, colour) {
  pen.font = FONT;
  const y = SECTIONS + RULER;
  for (const finding of [...findings].reverse()) {
    const left = view.xOf(finding.start_s);
    const right = Math.max(view.xOf(finding.end_s), left + 2);
    if (right < 0 || left > view.width) continue;
    pen.globalAlpha = chosen?.id === finding.id ? 1 : 0.7;
    pen.fillStyle = colour(finding.severity === "must" ? "bad" : "found");
    pen.fillRect(left, y + MARKS - 4, right - left, chosen?.id === finding.id ? 3 : 1);
    pen.fillText(SHAPES[finding.severity], Math.max(left, 1), y + MARKS - 7);
  }
  pen.globalAlpha = 1;
}

function drawLock(pen, x, y) {
  pen.fillRect(x, y + 4, 8, 6);
  pen.strokeStyle = pen.fillStyle;
  pen.lineWidth = 1.4;
  pen.beginPath();
  pen.arc(x + 4, y + 4, 2.6, Math.PI, 0);
  pen.stroke();
}

/** Intents as bars with their words, comments as flags. */
export function drawNotes(pen, view, song, colour) {
  pen.font = FONT;
  const y = SECTIONS + RULER + MARKS;
  for (const intent of song.intents) {
    const left = view.xOf(intent.start_s);
    const right = intent.end_s === null ? view.width : view.xOf(intent.end_s);
    if (right < 0 || left > view.width) continue;
    pen.fillStyle = colour("raised");
    pen.fillRect(left, y + 1, right - left, NOTES - 3);
    pen.fillStyle = colour(intent.locked ? "text" : "soft");
    pen.fillRect(left, y + 1, 2, NOTES - 3);
    pen.save();
    pen.beginPath();
    pen.rect(left, y, right - left, NOTES);
    pen.clip();
    const inner = Math.max(left, 0) + 5;
    if (intent.locked) drawLock(pen, inner, y + 4);
    pen.fillText(intent.words, inner + (intent.locked ? 12 : 0), y + NOTES - 6);
    pen.restore();
  }
  for (const comment of song.comments ?? []) {
    const x = Math.round(view.xOf(comment.at_s));
    if (x < -8 || x > view.width) continue;
    pen.fillStyle = colour("good");
    pen.fillRect(x, y + 1, 1, NOTES - 2);
    pen.fillRect(x, y + 1, 8, 7);
  }
}
