// Tiles that were fetched, bounded in number; wishes of an earlier view are forgotten, so that scrolling does not wait.
// A browser has six lines to a server: pictures take few of them, so that sound always finds one.
import { Later } from "../lib/api.js";

const LATER_MS = 400;
const FAILED_MS = 10_000;

export class TileStore {
  /** @param {(key: string) => Promise<any>} fetchTile @param {() => void} came
   * @param {{kept?: number, atOnce?: number}} [bounds] */
  constructor(fetchTile, came, { kept = 512, atOnce = 3 } = {}) {
    this.fetchTile = fetchTile;
    this.came = came;
    this.mostKept = kept;
    this.atOnce = atOnce;
    this.kept = new Map();
    this.wanted = new Map();
    this.coming = new Set();
    this.failed = new Map();
  }

  /** The tile, or null while it is on its way; with `ask` false it is not sent for. @param {string} key */
  get(key, ask = true) {
    const tile = this.kept.get(key);
    if (tile !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, tile);
      return tile;
    }
    if (ask && !this.coming.has(key) && !(this.failed.get(key) > performance.now())) {
      this.wanted.delete(key);
      this.wanted.set(key, true);
      this.#next();
    }
    return null;
  }

  /** Forget wishes that were not sent for yet; call it before drawing a new view. */
  forgetWishes() { this.wanted.clear(); }

  clear() { this.kept.clear(); this.wanted.clear(); this.failed.clear(); }

  async #next() {
    while (this.coming.size < this.atOnce && this.wanted.size) {
      const key = this.wanted.keys().next().value;
      this.wanted.delete(key);
      this.coming.add(key);
      this.#fetch(key);
    }
  }

  async #fetch(key) {
    try {
      this.kept.set(key, await this.fetchTile(key));
      if (this.kept.size > this.mostKept) this.kept.delete(this.kept.keys().next().value);
      this.came();
    } catch (error) {
      const wait = error instanceof Later ? LATER_MS : FAILED_MS;
      this.failed.set(key, performance.now() + wait);
      setTimeout(this.came, wait + 20);
    }
    this.coming.delete(key);
    this.#next();
  }
}
