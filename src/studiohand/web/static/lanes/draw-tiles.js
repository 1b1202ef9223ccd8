// Waveforms and spectrograms as pictures: each tile is painted once and then only placed and scaled.

export const WAVE_COLUMNS = 512;
export const SPECTROGRAM_COLUMNS = 128;
const SPECTROGRAM_ROWS = 96;
const TALL = 64;
const PARENTS = 8;
/** Spectrograms are not drawn finer than this many frames (2 to the 9th) a column. */
export const FINEST_SPECTROGRAM = 9;

/** Rows from the middle by the square root of the sample, so that quiet stems can be seen beside loud ones. */
const ROWS = Int8Array.from({ length: 256 }, (_, n) => Math.round(Math.sign(n - 128) * Math.sqrt(Math.abs(n - 128) / 127) * (TALL / 2 - 1)));

/** @param {Int8Array} pairs Lowest and highest of each column. @param {string} colour */
export function paintWave(pairs, colour) {
  const canvas = new OffscreenCanvas(WAVE_COLUMNS, TALL);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(WAVE_COLUMNS, TALL);
  const pixels = new Uint32Array(image.data.buffer);
  const ink = inkOf(colour);
  for (let column = 0; column < WAVE_COLUMNS; column += 1) {
    const top = TALL / 2 - ROWS[pairs[2 * column + 1] + 128];
    const bottom = Math.max(TALL / 2 - ROWS[pairs[2 * column] + 128], top + 1);
    for (let row = top; row < bottom; row += 1) pixels[row * WAVE_COLUMNS + column] = ink;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** A colour as one pixel. @param {string} colour */
function inkOf(colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return new Uint32Array(pen.getImageData(0, 0, 1, 1).data.buffer)[0];
}

/** @param {Uint8Array} levels Columns of rows, low frequencies first, 255 = 0 dB. */
export function paintSpectrogram(levels) {
  const canvas = new OffscreenCanvas(SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS);
  for (let column = 0; column < SPECTROGRAM_COLUMNS; column += 1) {
    for (let row = 0; row < SPECTROGRAM_ROWS; row += 1) {
      const at = 4 * ((SPECTROGRAM_ROWS - 1 - row) * SPECTROGRAM_COLUMNS + column);
      image.data.set(heat(levels[column * SPECTROGRAM_ROWS + row] / 255), at);
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** Dark blue over violet and orange to near white; lightness rises all the way, so it reads without hue. */
function heat(share) {
  const at = Math.min(Math.max((share - 0.2) / 0.75, 0), 1);
  return [255 * Math.min(1.5 * at, 1), 235 * at ** 2.2, 255 * (0.12 + 0.5 * Math.sin(Math.PI * Math.min(at * 1.25, 1)) * (1 - at) + 0.7 * at ** 4), 255];
}

/** Place the tiles of one lane over a view; a coarser tile stands in for one that is on its way.
 * @param {CanvasRenderingContext2D} pen @param {import("./view.js").View} view
 * @param {(level: number, index: number, ask: boolean) => CanvasImageSource | null} tile
 * @param {{y: number, height: number, level: number, columns: number}} place */
export function placeTiles(pen, view, tile, { y, height, level, columns }) {
  const wide = columns * 2 ** level;
  for (let index = Math.floor(view.start / wide); index * wide < view.stop; index += 1) {
    placeOne(pen, view, tile, { y, height, level, columns, index, wide });
  }
}

function placeOne(pen, view, tile, { y, height, level, columns, index, wide }) {
  const left = view.x(index * wide);
  const width = (wide / view.span) * view.width;
  for (let up = 0; up <= PARENTS; up += 1) {
    const parent = tile(level + up, index >> up, up === 0);
    if (!parent) continue;
    const part = columns / 2 ** up;
    const from = (index - ((index >> up) << up)) * part;
    pen.drawImage(parent, from, 0, part, parent.height, left, y, width, height);
    return;
  }
}
