// What part of the song is in sight: frames to pixels and back, zoom, scroll; and the level of its tiles.

const CLOSEST_FRAMES = 256;

export class View {
  /** @param {number} rate @param {number} frames The song's. */
  constructor(rate, frames) {
    this.rate = rate;
    this.frames = Math.max(frames, 1);
    this.start = 0;
    this.stop = this.frames;
    this.width = 1;
  }

  get span() { return this.stop - this.start; }

  /** Pixels from the left. @param {number} frame */
  x(frame) { return ((frame - this.start) / this.span) * this.width; }

  /** @param {number} seconds */
  xOf(seconds) { return this.x(seconds * this.rate); }

  /** @param {number} x */
  frame(x) { return this.start + (x / this.width) * this.span; }

  /** Show a span that begins at a frame, moved inside the song. */
  look(start, span = this.span) {
    const wide = Math.round(Math.min(Math.max(span, CLOSEST_FRAMES), this.frames));
    this.start = Math.round(Math.min(Math.max(start, 0), this.frames - wide));
    this.stop = this.start + wide;
  }

  /** @param {number} factor Below one: closer. @param {number} around A frame that stays where it is. */
  zoom(factor, around) {
    const share = Math.min(Math.max((around - this.start) / this.span, 0), 1);
    const span = Math.min(Math.max(this.span * factor, CLOSEST_FRAMES), this.frames);
    this.look(around - span * share, span);
  }

  /** Show a span in seconds with room around it, unless it can be seen already. */
  show(startS, stopS) {
    const start = startS * this.rate;
    const stop = stopS * this.rate;
    const wanted = Math.max(stop - start, this.rate) * 2;
    if (start >= this.start && stop <= this.stop && this.span < wanted * 6) return;
    this.look(start - wanted / 4, wanted);
  }

  /** Keep a playhead in sight by turning the page. @param {number} frame */
  follow(frame) {
    if (frame < this.start || frame > this.stop) { this.look(frame - this.span * 0.05); return true; }
    return false;
  }

  /** Level of tiles (power of two of frames a column) with at least a column for each pixel. */
  level(lowest = 0) {
    return Math.max(Math.floor(Math.log2(this.span / this.width)), lowest);
  }
}
