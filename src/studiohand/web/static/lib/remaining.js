// How long a part of the work still takes, from how long its first share took.

const SURE_AFTER_S = 3;
const SURE_SHARE = 0.02;

export class Remaining {
  #what = "";
  #began = 0;
  #from = 0;

  /** Words for what is left of a part; empty while nobody can know.
   * @param {string} what @param {number} share 0 to 1 @param {number} nowMs */
  of(what, share, nowMs) {
    if (what !== this.#what || share < this.#from) this.#begin(what, share, nowMs);
    const passedS = (nowMs - this.#began) / 1000;
    const done = share - this.#from;
    if (passedS < SURE_AFTER_S || done < SURE_SHARE) return "";
    const leftS = Math.round((passedS * (1 - share)) / done);
    return leftS >= 60 ? `about ${Math.round(leftS / 60)} min left` : `about ${Math.max(leftS, 1)} s left`;
  }

  #begin(what, share, nowMs) {
    this.#what = what;
    this.#began = nowMs;
    this.#from = share;
  }
}
