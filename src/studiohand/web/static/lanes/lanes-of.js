// Which lanes a song has, from the top: clashes, loudness, the mix, takes, stems.
import { clashes } from "./draw-lanes.js";

export const LANE = 40;
const PICTURE = 60;
const SPECTRAL = 110;
const MOST_TAKES = 3;

/** @typedef {{kind: string, name: string, says: string, height: number, of?: string, stem?: number}} Lane */

/** @param {any} song @param {Set<string>} spectral Lanes drawn as spectrograms. @returns {Lane[]} */
export function lanesOf(song, spectral) {
  const files = [];
  if (song.mix && song.stems.length) files.push({ of: "mix", name: song.mix, says: "rough mix" });
  for (const take of [...(song.takes ?? [])].reverse().slice(0, MOST_TAKES)) {
    files.push({ of: `take:${take}`, name: `Take ${Number(take)}`, says: "rendered" });
  }
  if (song.mix && !song.stems.length) files.push({ of: "mix", name: song.mix, says: "mix" });
  song.stems.forEach((stem, index) => files.push({ of: `stem:${stem.name}`, name: stem.name, says: stem.role, stem: index }));
  const count = clashes(song.findings).length;
  return [
    ...(count ? [{ kind: "clash", name: "Clashes", says: `${count}: who hides whom`, height: PICTURE }] : []),
    { kind: "loudness", name: "Loudness", says: "A, B: 3 s bold, 0.4 s faint", height: PICTURE },
    ...files.map((file) => ({ kind: "file", height: spectral.has(file.of) ? SPECTRAL : LANE, ...file })),
  ];
}
