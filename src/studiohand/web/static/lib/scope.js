// One owner for listeners, timers and frames, so that nothing outlives its component.

export class Scope {
  #ends = /** @type {Array<() => void>} */ ([]);

  /** @param {EventTarget} target @param {string} name @param {(event: any) => void} heard */
  listen(target, name, heard) {
    target.addEventListener(name, heard);
    this.#ends.push(() => target.removeEventListener(name, heard));
  }

  /** Run on every frame until the scope ends. @param {() => void} drawn */
  everyFrame(drawn) {
    let handle = 0;
    const turn = () => { drawn(); handle = requestAnimationFrame(turn); };
    handle = requestAnimationFrame(turn);
    this.#ends.push(() => cancelAnimationFrame(handle));
  }

  /** @param {Element} element @param {() => void} changed */
  onResize(element, changed) {
    const observer = new ResizeObserver(changed);
    observer.observe(element);
    this.#ends.push(() => observer.disconnect());
  }

  /** @param {() => void} end */
  own(end) { this.#ends.push(end); }

  end() { this.#ends.splice(0).forEach((end) => end()); }
}
