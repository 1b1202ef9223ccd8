// Steps of a move in words and units that any plug-in understands.
import { decibels, hertz } from "./axes.js";

const TYPES = { bell: "Bell", low_shelf: "Low shelf", high_shelf: "High shelf", high_pass: "High pass", low_pass: "Low pass", notch: "Notch" };
const ms = (value) => `${Number(value.toPrecision(3))} ms`;
const own = (hz) => (hz >= 1000 ? `${(hz / 1000).toFixed(2)} kHz` : hertz(hz));

/** Units by the end of a setting's name; the longest end first. */
const UNITS = [["_dbtp", "dBTP"], ["_dbfs", "dBFS"], ["_db", "dB"], ["db", "dB"], ["_ms", "ms"], ["_hz", "Hz"], ["hz", "Hz"],
  ["_percent", "%"], ["frames", "frames"], ["ratio", ": 1"], ["q", "Q"], ["slope", "dB/oct"], ["_s", "s"]];

/** @param {string} name */
export const unitOf = (name) => UNITS.find(([end]) => name.endsWith(end))?.[1] ?? "";

function bandText(band) {
  const passes = band.type.endsWith("pass");
  return [TYPES[band.type] ?? band.type, own(band.hz), passes ? `${band.slope} dB/octave` : decibels(band.db),
    passes && band.slope !== 12 ? "" : `Q ${Number(band.q.toPrecision(3))}`].filter(Boolean).join("  ");
}

const WORDS = {
  eq: (step) => step.bands.map((band) => `EQ  ${step.channel && step.channel !== "stereo" ? `${step.channel}  ` : ""}${bandText(band)}`).join("\n"),
  dynamic_eq: (step) => `Dynamic EQ  Bell  ${own(step.hz)}  ${decibels(step.db)}  Q ${Number(step.q.toPrecision(3))}  threshold ${decibels(step.threshold_db)}`
    + `  attack ${ms(step.attack_ms)}  release ${ms(step.release_ms)}${step.key ? `  side-chain: ${step.key}` : ""}`,
  compressor: (step) => `Compressor  threshold ${decibels(step.threshold_db)}  ratio ${Number(step.ratio.toPrecision(3))}:1  attack ${ms(step.attack_ms)}`
    + `  release ${ms(step.release_ms)}  knee ${decibels(step.knee_db)}  make-up ${decibels(step.makeup_db)}`
    + `${step.band_hz ? `  band ${own(step.band_hz[0])} to ${own(step.band_hz[1])}` : ""}${step.key ? `  side-chain: ${step.key}` : ""}`,
  gain: (step) => `Fader  ${decibels(step.db)}`,
  pan: (step) => `Pan  ${panText(step.position)}`,
  offset: (step, rate) => `Move  ${Math.abs(step.frames)} samples (${(Math.abs(step.frames) / rate * 1000).toFixed(2)} ms) ${step.frames < 0 ? "earlier" : "later"}`,
  polarity: () => "Polarity  inverted",
};

/** @param {number} position -1 to 1 */
export const panText = (position) => (Math.abs(position) < 0.005 ? "centre" : `${Math.round(Math.abs(position) * 100)} % ${position < 0 ? "left" : "right"}`);

/** One step as text. @param {any} step @param {number} rate */
export function stepText(step, rate) {
  const said = WORDS[step.do]?.(step, rate);
  if (said) return said;
  const rest = Object.entries(step).filter(([name, value]) => name !== "do" && ["number", "string", "boolean"].includes(typeof value));
  return [step.do.replaceAll("_", " "), ...rest.map(([name, value]) => `${name.replaceAll("_", " ")} ${value} ${unitOf(name)}`.trim())].join("  ");
}

/** A whole move as text to type into plug-ins. @param {any} move @param {any[]} steps @param {number} amount @param {number} rate */
export function moveText(move, steps, amount, rate) {
  const head = `${move.targets.join(", ")}${amount === 100 ? "" : ` (at ${amount} %)`}`;
  return [head, ...steps.map((step) => stepText(step, rate))].join("\n");
}

/** A typed value in its unit: "3.2k", "-4,5 dB", "250 hz" as a number; NaN where it is none. @param {string} text */
export function typed(text) {
  const found = text.trim().replace("−", "-").replace(",", ".").match(/^([+-]?\d*\.?\d+(?:e[+-]?\d+)?)\s*(k?)\s*([a-z%/:\s\d]*)$/i);
  return found ? Number(found[1]) * (found[2].toLowerCase() === "k" ? 1000 : 1) : NaN;
}
