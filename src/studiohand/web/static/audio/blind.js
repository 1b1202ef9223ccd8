// Blind comparison (ABX): X is A or B by chance; the person says which. What it proves is counted exactly.

/** Chance of at least so many right answers out of n by guessing: the binomial tail at one half.
 * @param {number} right @param {number} n */
export function chanceOf(right, n) {
  let term = 0.5 ** n;
  let sum = 0;
  for (let k = 0; k <= n; k += 1) {
    if (k >= right) sum += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(sum, 1);
}

export class BlindTest {
  /** @param {() => boolean} flip True for A; by chance unless given. */
  constructor(flip = () => crypto.getRandomValues(new Uint8Array(1))[0] < 128) {
    this.flip = flip;
    /** @type {{x: "a"|"b", said: "a"|"b", at_s: number}[]} */
    this.log = [];
    this.over = false;
    this.x = this.#draw();
  }

  #draw() { return this.flip() ? "a" : "b"; }

  /** Take an answer and hide X anew. @param {"a"|"b"} said @param {number} atS Where in the song. */
  answer(said, atS) {
    if (this.over) return;
    this.log.push({ x: this.x, said, at_s: atS });
    this.x = this.#draw();
  }

  /** Only now is anything told. */
  end() {
    this.over = true;
    const right = this.log.filter((trial) => trial.x === trial.said).length;
    return { right, of: this.log.length, chance: this.log.length ? chanceOf(right, this.log.length) : 1 };
  }
}
