// What comes after the decks: stereo, mono, left, right, side; a band alone. Only gains move.
//
//   in ─┬─ dry ──────────────┬─ split ─ four gains ─ merge ─ out
//       └─ two high-passes, two low-passes ─ band ─┘

export const RAMP_S = 0.008;

/** From left and right to left and right: ll, rl, lr, rr. Mid is mono: what both sides share. */
const WAYS = {
  stereo: [1, 0, 0, 1], mono: [0.5, 0.5, 0.5, 0.5], left: [1, 0, 1, 0], right: [0, 1, 0, 1],
  side: [0.5, -0.5, -0.5, 0.5],
};
export const MONITORING = Object.keys(WAYS);

/** Move a gain linearly, from where it is. @param {AudioParam} param @param {number} to */
export function ramp(param, to, now, from = param.value) {
  param.cancelScheduledValues(now);
  param.setValueAtTime(from, now);
  param.linearRampToValueAtTime(to, now + RAMP_S);
}

export class Monitor {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    this.way = "stereo";
    const gain = (value) => new GainNode(context, { gain: value, channelCount: 2, channelCountMode: "explicit" });
    this.input = gain(1);
    this.dry = gain(1);
    this.band = gain(0);
    this.output = new GainNode(context);
    this.input.connect(this.dry);
    this.filters = ["highpass", "highpass", "lowpass", "lowpass"].map((type) => new BiquadFilterNode(context, { type, Q: -3 }));
    this.filters.reduce((before, next) => before.connect(next), this.input).connect(this.band);
    const split = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    const merge = new ChannelMergerNode(context, { numberOfInputs: 2 });
    this.dry.connect(split);
    this.band.connect(split);
    this.matrix = WAYS.stereo.map((value, index) => {
      const node = new GainNode(context, { gain: value });
      split.connect(node, index % 2);
      node.connect(merge, 0, index >> 1);
      return node;
    });
    merge.connect(this.output);
  }

  /** @param {string} way One of `MONITORING`. */
  listen(way) {
    this.way = way;
    const now = this.context.currentTime;
    this.matrix.forEach((node, index) => ramp(node.gain, WAYS[way][index], now));
  }

  /** Hear a band alone, or everything. @param {[number, number] | null} bandHz */
  solo(bandHz) {
    const now = this.context.currentTime;
    if (bandHz) {
      const highest = this.context.sampleRate / 2 - 1;
      this.filters.forEach((filter, index) => {
        const to = Math.min(bandHz[index >> 1], highest);
        if (this.soloed) filter.frequency.setTargetAtTime(to, now, 0.01);
        else filter.frequency.setValueAtTime(to, now);
      });
    }
    this.soloed = Boolean(bandHz);
    ramp(this.dry.gain, bandHz ? 0 : 1, now);
    ramp(this.band.gain, bandHz ? 1 : 0, now);
  }
}
