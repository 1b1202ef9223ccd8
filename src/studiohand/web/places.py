"""Where the song goes: what services and their codecs make of it, and files for the places."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.run.release.deliveries import deliver_song
from studiohand.run.release.facing import face_services
from studiohand.run.release.services import places, services
from studiohand.run.songs.material import song_material
from studiohand.run.songs.proposing import mix_now
from studiohand.web.asking import body_of, desk_of, song_of, words
from studiohand.web.codecs import codec_names, codecs_folder


def list_places(request: Request) -> Response:
    """Services, their codecs, and the places that files are made for."""
    codecs = sorted(codec_names())
    return JSONResponse(
        {
            "services": [
                {"name": s.name, "title": s.title, "codecs": list(s.codecs)}
                for s in services().values()
            ],
            "codecs": codecs,
            "places": [{"name": p.name, "title": p.title} for p in places().values()],
        }
    )


async def start_facing(request: Request) -> Response:
    """Hold the mix as it is now against services and codecs; the result comes as news."""
    song, codecs = song_of(request), words(await body_of(request), "codecs")
    known = codec_names()
    if unknown := sorted(set(codecs) - known):
        raise BadSetting(f"“{unknown[0]}” is no codec of a service.")

    def work(job: Job) -> JsonValue:
        mixed, key = mix_now(song, song_material(song), job)
        # Without a codec all of them would be run; one that is asked for keeps its sound.
        chosen = codecs or sorted(known)
        return face_services(job, mixed, codecs=chosen, keep=codecs_folder(song, key)) | {
            "key": key
        }

    desk_of(request).start(song, "face", work)
    return JSONResponse({"started": True})


async def start_delivering(request: Request) -> Response:
    """Write the mix as it is now for places, into the song's own folder."""
    song, body = song_of(request), await body_of(request)
    names = words(body, "places")
    if not names:
        raise BadSetting("No place was chosen.", todo="Choose one or more.")
    allowed = body.get("with_guide") is True
    desk_of(request).start(
        song, "deliver", lambda job: deliver_song(song, names, job, with_guide=allowed)
    )
    return JSONResponse({"started": True})


ROUTES = [
    Route("/api/places", list_places),
    Route("/api/songs/{song}/face", start_facing, methods=["POST"]),
    Route("/api/songs/{song}/deliver", start_delivering, methods=["POST"]),
]
