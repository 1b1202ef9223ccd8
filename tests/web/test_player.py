"""The player in a real browser, judged sample by sample in an offline context."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

_SET_UP = """
async (seconds) => {
  const { Player } = await import("/static/audio/player.js");
  const rate = 48000, frames = rate * 8;
  const wave = (hear, start, count) => {
    const out = new Float32Array(2 * count);
    for (let n = 0; n < count; n += 1) {
      const level = hear === "half" ? 0.25 : 0.5;
      const value = level * Math.sin(2 * Math.PI * 997 * (start + n) / rate);
      out[2 * n] = value; out[2 * n + 1] = value;
    }
    return out;
  };
  const context = new OfflineAudioContext(2, seconds * rate, rate);
  const player = new Player(rate, frames, async (h, s, f) => wave(h, s, f), context);
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  const filled = () => Object.values(player.decks).map((deck) => deck?.filled ?? 0).join();
  const settled = async () => {  // until nothing more is fetched, however slow the machine is
    for (let same = 0, before = ""; same < 8; before = filled()) {
      await rest(50);
      same = before === filled() ? same + 1 : 0;
    }
  };
  SCRIPT
  await settled();
  const heard = (await context.startRendering()).getChannelData(0);
  const first = player.pieces[0].at;
  let worst = 0, step = 0, peak = 0;
  const whole = wave("a", 0, heard.length);
  for (let n = first; n < heard.length - 1; n += 1) {
    worst = Math.max(worst, Math.abs(heard[n] - whole[2 * (n - first)]));
    step = Math.max(step, Math.abs(heard[n + 1] - heard[n]));
    peak = Math.max(peak, Math.abs(heard[n]));
  }
  return { worst, step, peak, position: player.songFrame(), first, length: heard.length };
}
"""
_STEP_OF_THE_SINE = 0.5 * 2 * 3.14159265 * 997 / 48000


def _heard(page: Page, script: str, seconds: int = 4) -> dict[str, float]:
    result: dict[str, float] = page.evaluate(_SET_UP.replace("SCRIPT", script), seconds)
    return result


def test_pieces_join_without_a_seam(page: Page) -> None:
    assert _heard(page, "await player.play(0);")["worst"] < 1e-6


def test_the_delta_of_equal_signals_is_exactly_zero(page: Page) -> None:
    heard = _heard(
        page, "player.out.a.gain.value = 0; player.out.d.gain.value = 1; await player.play(0);"
    )
    assert heard["peak"] == 0.0


def test_switching_makes_no_step_larger_than_the_signals_own(page: Page) -> None:
    script = """
      await player.play(0);
      for (let turn = 1; turn < 30; turn += 1) {
        context.suspend(turn * 0.1).then(() => {
          player.hear(turn % 2 ? "b" : "a"); context.resume(); });
      }"""
    heard = _heard(page, script)
    assert heard["step"] <= _STEP_OF_THE_SINE * 1.01
    assert heard["worst"] < 1e-5


def test_a_level_match_on_b_is_applied_and_leaves_a_alone(page: Page) -> None:
    script = """
      await player.setDeck("B", "half"); player.setMatch(6.0205999);
      player.out.a.gain.value = 0; player.out.d.gain.value = 1;
      await player.play(0);"""
    heard = _heard(page, script)
    assert heard["peak"] < 0.3
    script = script.replace("player.out.d.gain.value = 1;", "player.out.b.gain.value = 1;")
    assert abs(_heard(page, script)["peak"] - 0.5) < 1e-3


def test_the_position_is_the_song_frame_that_sounds(page: Page) -> None:
    heard = _heard(page, "await player.play(4800);")
    assert abs(heard["position"] - (4800 + heard["length"] - heard["first"])) <= 128


def test_a_loop_returns_to_its_first_frame(page: Page) -> None:
    script = "player.loop = { start: 48000, stop: 96000 }; await player.play(48000);"
    heard = _heard(page, script, 4)
    assert 48000 <= heard["position"] <= 96000
    assert heard["worst"] < 1e-3  # 997 Hz fits a second, so a looped second is seamless


@pytest.mark.parametrize(
    ("way", "left", "right"),
    [("stereo", 1.0, 0.5), ("mono", 0.75, 0.75), ("left", 1.0, 1.0), ("right", 0.5, 0.5),
     ("side", 0.25, -0.25)],
)  # fmt: skip
def test_a_way_of_monitoring_is_exact_and_makes_no_step(
    page: Page, way: str, left: float, right: float
) -> None:
    heard = page.evaluate(
        """async ([way]) => {
          const { Monitor } = await import("/static/audio/monitor.js");
          const context = new OfflineAudioContext(2, 9600, 48000);
          const buffer = context.createBuffer(2, 9600, 48000);
          buffer.getChannelData(0).fill(1); buffer.getChannelData(1).fill(0.5);
          const source = new AudioBufferSourceNode(context, { buffer });
          const monitor = new Monitor(context);
          source.connect(monitor.input); monitor.output.connect(context.destination);
          source.start();
          context.suspend(0.1).then(() => { monitor.listen(way); context.resume(); });
          const found = await context.startRendering();
          return [0, 1].map((channel) => {
            const data = found.getChannelData(channel);
            let step = 0;
            for (let n = 1; n < data.length; n += 1) {
              step = Math.max(step, Math.abs(data[n] - data[n - 1]));
            }
            return { last: data[9599], first: data[0], step };
          });
        }""",
        [way],
    )
    assert [side["first"] for side in heard] == [1.0, 0.5]
    assert [side["last"] for side in heard] == [left, right]
    assert max(side["step"] for side in heard) < 1.5 / (0.008 * 48000)


def test_a_band_alone_lets_through_the_band_and_nothing_else(page: Page) -> None:
    level = page.evaluate(
        """async () => {
          const { Monitor } = await import("/static/audio/monitor.js");
          const out = [];
          for (const hz of [100, 1000, 8000]) {
            const context = new OfflineAudioContext(2, 24000, 48000);
            const source = new OscillatorNode(context, { frequency: hz });
            const monitor = new Monitor(context);
            source.connect(monitor.input); monitor.output.connect(context.destination);
            monitor.solo([500, 2000]); source.start();
            const data = (await context.startRendering()).getChannelData(0).subarray(12000);
            out.push(20 * Math.log10(data.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)));
          }
          return out;
        }"""
    )
    assert abs(level[1]) < 1.1  # half a decibel of each edge, two octaves apart
    assert level[0] < -40
    assert level[2] < -40


def test_a_deck_changed_while_playing_fades_without_a_step_and_keeps_its_place(page: Page) -> None:
    script = """
      player.hear("b");
      await player.play(0);
      for (let turn = 1; turn < 5; turn += 1) {
        context.suspend(turn * 0.5).then(async () => {
          await player.setDeck("B", turn % 2 ? "half" : "accepted"); context.resume(); });
      }"""
    heard = _heard(page, script)
    assert heard["step"] <= _STEP_OF_THE_SINE * 1.01
    assert heard["worst"] <= 0.26  # half the level at most is missing, never another place


def test_of_two_quick_changes_of_a_deck_only_the_last_is_heard(page: Page) -> None:
    script = """
      player.hear("b");
      const fetchOne = player.fetchOne;
      player.fetchOne = async (hear, start, frames) => {
        if (hear === "half") await new Promise((done) => setTimeout(done, 100));
        return fetchOne(hear, start, frames);
      };
      await player.play(0);
      context.suspend(0.5).then(async () => {
        const first = player.setDeck("B", "half");
        await player.setDeck("B", "other");
        await first;
        await settled();
        context.resume(); });"""
    heard = _heard(page, script)
    assert heard["peak"] <= 0.5001
    assert heard["worst"] < 1e-3
