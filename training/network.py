"""The network: band powers of left and right in, four masks a channel out.

A U-Net over frames and bands with frequency-dense blocks (after Choi et al. 2020, "Investigating
U-Nets with various intermediate blocks for spectrogram-based singing voice separation") and a
temporal block at the bottom. Masks are a softmax over the stems: they always add up to one.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FRAMES = 128
BANDS = 512
STEMS = 4


def block(channels: int) -> nn.Sequential:
    """3x3 convolution, norm, rectifier at constant size."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
    )


def down(inside: int, outside: int, stride: tuple[int, int]) -> nn.Sequential:
    """Strided 3x3 convolution."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
    )


def up(inside: int, outside: int, stride: tuple[int, int]) -> nn.Sequential:
    """Transposed convolution whose kernel is its stride."""
    return nn.Sequential(
        nn.ConvTranspose2d(inside, outside, stride, stride=stride, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
    )


class Dense(nn.Module):  # type: ignore[misc,unused-ignore]
    """Residual convolution plus a bottleneck that sees every band of a frame at once."""

    def __init__(self, channels: int, bands: int) -> None:
        super().__init__()
        self.near = block(channels)
        self.far = nn.Sequential(
            nn.Linear(bands, max(8, bands // 4), bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Linear(max(8, bands // 4), bands, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.near(x)
        return x + self.far(x)


class Temporal(nn.Module):  # type: ignore[misc,unused-ignore]
    """Whole-band convolution over time: who plays in these three seconds."""

    def __init__(self, channels: int, bands: int, hidden: int) -> None:
        super().__init__()
        self.into = nn.Sequential(
            nn.Conv1d(channels * bands, hidden, 1, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()
        )
        self.mix = nn.Sequential(
            nn.Conv1d(2 * hidden, hidden, 3, padding=1, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Conv1d(hidden, hidden, 3, padding=2, dilation=2, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
        )
        self.out = nn.Conv1d(hidden, channels * bands, 1)

    def forward(self, x: Tensor) -> Tensor:
        b, c, t, f = x.shape
        seen = self.into(x.permute(0, 1, 3, 2).reshape(b, c * f, t))
        whole = seen.mean(dim=2, keepdim=True).expand(-1, -1, t)
        told = self.out(self.mix(torch.cat([seen, whole], dim=1)))
        return x + told.reshape(b, c, f, t).permute(0, 1, 3, 2)


class Separator(nn.Module):  # type: ignore[misc,unused-ignore]
    """Powers (batch, 3, frames, bands) to masks (batch, 4, 2, frames, bands)."""

    def __init__(self, widths: tuple[int, ...] = (24, 48, 96, 160, 192), hidden: int = 192) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.register_buffer("place", torch.linspace(-1, 1, BANDS).reshape(1, 1, 1, BANDS))
        self.start = nn.Sequential(
            nn.Conv2d(5, a, (3, 5), stride=(1, 2), padding=(1, 2), bias=False),
            nn.BatchNorm2d(a),
            nn.ReLU(),
        )
        self.down1, self.enc1 = down(a, b, (2, 2)), block(b)
        self.down2, self.enc2 = down(b, c, (2, 2)), Dense(c, BANDS // 8)
        self.down3, self.enc3 = down(c, d, (2, 2)), Dense(d, BANDS // 16)
        self.down4, self.enc4 = down(d, e, (1, 2)), Dense(e, BANDS // 32)
        self.temporal = Temporal(e, BANDS // 32, hidden)
        self.up4, self.dec4 = up(e, d, (1, 2)), Dense(d, BANDS // 16)
        self.up3, self.dec3 = up(d, c, (2, 2)), Dense(c, BANDS // 8)
        self.up2, self.dec2 = up(c, b, (2, 2)), block(b)
        self.up1, self.dec1 = up(b, a, (2, 2)), block(a)
        self.up0 = up(a, 16, (1, 2))
        self.last = nn.Conv2d(16 + 5, STEMS * 2, 3, padding=1)

    def features(self, power: Tensor) -> Tensor:
        """Left, right, mid, side levels relative to the window's mean, and the band's place."""
        left, right, cross = power[:, 0:1], power[:, 1:2], power[:, 2:3]
        mid, side = (left + right + 2 * cross) / 2, torch.relu(left + right - 2 * cross) / 2
        scale = (left + right).mean(dim=(1, 2, 3), keepdim=True) / 2 + 1e-12
        levels = torch.log10(torch.cat([left, right, mid, side], dim=1) / scale + 1e-6) / 2 + 1
        return torch.cat(
            [levels, self.place.expand(levels.shape[0], 1, levels.shape[2], BANDS)], dim=1
        )

    def logits(self, x: Tensor) -> Tensor:
        """Masks before the softmax, (batch, 8, frames, bands)."""
        x0 = self.start(x)
        x1 = self.enc1(self.down1(x0))
        x2 = self.enc2(self.down2(x1))
        x3 = self.enc3(self.down3(x2))
        x4 = self.temporal(self.enc4(self.down4(x3)))
        y = self.dec4(self.up4(x4) + x3)
        y = self.dec3(self.up3(y) + x2)
        y = self.dec2(self.up2(y) + x1)
        y = self.dec1(self.up1(y) + x0)
        return self.last(torch.cat([self.up0(y), x], dim=1))

    def forward(self, power: Tensor) -> Tensor:
        raw = self.logits(self.features(power)).float()
        return torch.softmax(raw.reshape(raw.shape[0], STEMS, 2, raw.shape[2], raw.shape[3]), dim=1)
