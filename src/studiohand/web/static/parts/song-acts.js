// What each act of a key or a button does on the song page; one table, see lib/shortcuts.js.
import { MONITORING } from "../audio/monitor.js";
import { barFrom, loopOf } from "../lib/places.js";
import { post } from "../lib/api.js";

/** @param {any} page The song page. @returns {Record<string, () => any>} */
export function actsOf(page) {
  const { listening, song } = page;
  const player = listening.player;
  const timeline = () => page.part("sh-timeline");
  const card = () => page.part("sh-move-card[open]");
  const seconds = () => player.songFrame() / song.rate;
  const toSecond = (at) => player.seek(at * song.rate);
  const stem = () => timeline().lanes[page.at]?.stem;
  const onStem = (which) => { if (stem() !== undefined) listening.toggle(which, stem()); };
  const start = (what) => post(`songs/${song.id}/${what}`);
  return {
    play: () => (player.playing ? player.pause() : player.play()),
    "hear-a": () => page.hear("a"), "hear-b": () => page.hear("b"), "hear-d": () => page.hear("d"), "hear-c": () => page.hear("c"),
    "next-c": () => page.nextOther(),
    match: () => listening.match(!listening.matched),
    "next-way": () => {
      const way = MONITORING[(MONITORING.indexOf(listening.way) + 1) % MONITORING.length];
      listening.listenIn(way);
      page.say(`Hearing ${way}.`);
    },
    band: () => listening.soloBand(listening.band ? null : page.chosen?.band_hz ?? null),
    "hear-move": () => card()?.tryIt(),
    "solo-finding": () => page.soloFinding(),
    blind: () => page.part("sh-blind-test").toggle(),
    back: () => toSecond(seconds() - 1), forward: () => toSecond(seconds() + 1),
    "bar-back": () => toSecond(barFrom(page.music, seconds(), -1)), "bar-forward": () => toSecond(barFrom(page.music, seconds(), 1)),
    home: () => toSecond(0), end: () => toSecond(Math.max(song.frames / song.rate - 8, 0)),
    loop: () => page.toggleLoop(),
    "mark-in": () => page.mark([seconds(), Math.max(page.region?.[1] ?? 0, seconds() + 0.1)]),
    "mark-out": () => page.mark([Math.min(page.region?.[0] ?? Infinity, Math.max(seconds() - 0.1, 0)), seconds()]),
    unmark: () => page.mark(null),
    "zoom-in": () => timeline().zoom(0.5), "zoom-out": () => timeline().zoom(2),
    "zoom-fit": () => {
      const span = page.region ?? (page.chosen && loopOf(page.chosen));
      page.fitted = page.fitted || !span ? null : span;
      timeline().fit(page.fitted);
    },
    "lane-up": () => page.toLane(page.at - 1), "lane-down": () => page.toLane(page.at + 1),
    solo: () => onStem("soloed"), mute: () => onStem("muted"),
    "clear-solo": () => { listening.muted = new Set(); listening.soloOnly([]); },
    sees: () => page.toggleSpectral(page.at),
    next: () => page.step(1), previous: () => page.step(-1),
    "next-move": () => page.stepMove(1), "previous-move": () => page.stepMove(-1),
    accept: () => card()?.accept(), refuse: () => card()?.refuse(), copy: () => card()?.copy(),
    undo: () => page.decide({ act: "undo" }),
    intent: () => page.part("sh-note-form").write("intent", page.region ?? (page.chosen && loopOf(page.chosen)), stem()),
    comment: () => page.part("sh-note-form").write("comment", [seconds(), null]),
    render: () => start("render"), listen: () => start("listen"), stop: () => start("stop"),
    help: () => page.part("sh-help-sheet").show(),
  };
}
