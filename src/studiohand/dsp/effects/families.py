"""Every effect family: importing this makes all their steps known to `step_from_json`."""

from __future__ import annotations

from studiohand.dsp.cleaning import declick, declip, deess, dehum, denoise, deplosive, dereverb
from studiohand.dsp.effects import (
    centre,
    compressor,
    derivesteps,
    dynamic_eq,
    eq,
    filesteps,
    gate,
    limiter,
    mute,
    saturation,
    selection,
    simple,
    width,
)

FAMILIES = (
    simple,
    mute,
    eq,
    compressor,
    dynamic_eq,
    gate,
    width,
    saturation,
    limiter,
    selection,
    filesteps,
    derivesteps,
)
"""The modules, in the order in which a channel strip has them."""

CLEANERS = (centre, declip, declick, dehum, denoise, dereverb, deplosive, deess)
"""The modules that take faults away; they put nothing in and leave what is right as it is."""
