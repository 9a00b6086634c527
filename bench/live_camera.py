#!/usr/bin/env python3
"""A camera for measurements: two faces that move, with the time burnt into the picture, sent by RTSP.

    bench/live_camera.py make CLIP PICTURE PICTURE [--size 1920x1080] [--seconds 20]
    bench/live_camera.py serve CLIP [--port 0] [--streams 1]

`make` encodes the clip once, as cameras do (H.264, no B frames, a key frame a second), so that sending it costs next to
nothing. `serve` sends it again and again at its rate, by GStreamer's RTSP server over loopback, and prints a line: the
first address, the moment of CLOCK_MONOTONIC (nanoseconds) at which the clip began, and its length (nanoseconds). A frame is
handed to RTP at the moment that is burnt into it: the milliseconds from the beginning of the clip, as a row of squares (white is 1,
the lowest bit first, see BITS) in the upper left corner, each a forty-eighth of the width.

Wants Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good and -ugly (x264), and for `make` OpenCV and
NumPy: bench/live_latency.sh brings all of it together.
"""

import argparse
import math
import struct
import sys
import threading
import time
from pathlib import Path

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's gi, for a Python of a virtual environment
import gi  # noqa: E402

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

RATE = 30
BITS = 16
ACROSS = 48  # squares that would fit across
HEAD = struct.Struct("<IB")  # of a frame: bytes, and whether it is a key frame
PLAYING = 4  # GStreamer's number of the state
ENCODER = ("appsrc name=in format=time caps=video/x-raw,format=BGR,width={0},height={1},framerate={2}/1 ! videoconvert ! video/x-raw,format=I420 ! "
           "x264enc speed-preset=veryfast bframes=0 b-adapt=false key-int-max={2} bitrate={3} aud=true ! "
           "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false max-buffers=0")
SENDER = ("( appsrc name=camera is-live=true do-timestamp=true format=time "
          "caps=video/x-h264,stream-format=byte-stream,alignment=au ! rtph264pay name=pay0 pt=96 config-interval=-1 )")


# ---------------------------------------------------------------- the clip

def ground(cv2, numpy, width, height):
    """Something with structure behind the faces, always the same."""
    noise = numpy.random.default_rng(7).integers(40, 170, (height // 60, width // 60, 3), dtype=numpy.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def burn(frame, milliseconds):
    side = frame.shape[1] // ACROSS
    for bit in range(BITS):
        frame[:side, bit * side:(bit + 1) * side] = 255 if milliseconds >> bit & 1 else 0


def frames(pictures, width, height, count):
    """The pictures, two fifths as high as the frame, move about its left and right half."""
    import cv2
    import numpy
    behind, people = ground(cv2, numpy, width, height), []
    for path in pictures:
        picture = cv2.imread(path)
        if picture is None:
            raise SystemExit(f"{path}: not a picture")
        scale = 0.4 * height / picture.shape[0]
        people.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    for i in range(count):
        frame, turn = behind.copy(), 2 * math.pi * i / count
        for side, person in enumerate(people[:2]):
            rows, columns = person.shape[:2]
            x = int((0.25 + 0.5 * side + 0.1 * math.sin(3 * turn + side)) * width - columns / 2)
            y = int((0.55 + 0.15 * math.sin(2 * turn + 2 * side)) * height - rows / 2)
            x, y = max(0, min(x, width - columns)), max(0, min(y, height - rows))
            frame[y:y + rows, x:x + columns] = person
        burn(frame, i * 1000 // RATE)
        yield frame


def make(options):
    width, height = map(int, options.size.split("x"))
    bitrate = 4000 if height > 720 else 1200
    pipeline = Gst.parse_launch(ENCODER.format(width, height, RATE, bitrate))
    source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)

    def push():
        for i, frame in enumerate(frames(options.pictures, width, height, options.seconds * RATE)):
            buffer = Gst.Buffer.new_wrapped(frame.tobytes())
            buffer.pts, buffer.duration = i * Gst.SECOND // RATE, Gst.SECOND // RATE
            source.emit("push-buffer", buffer)
            while source.get_property("current-level-bytes") > 64 << 20:
                time.sleep(0.01)
        source.emit("end-of-stream")

    threading.Thread(target=push, daemon=True).start()
    with open(options.clip, "wb") as file:
        while sample := sink.emit("pull-sample"):
            buffer = sample.get_buffer()
            data = buffer.extract_dup(0, buffer.get_size())
            file.write(HEAD.pack(len(data), not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)) + data)
    pipeline.set_state(Gst.State.NULL)


def read_clip(path):
    """[(is a key frame, bytes)]"""
    data, at, clip = Path(path).read_bytes(), 0, []
    while at < len(data):
        size, key = HEAD.unpack_from(data, at)
        clip.append((bool(key), data[at + HEAD.size:at + HEAD.size + size]))
        at += HEAD.size + size
    return clip


# ---------------------------------------------------------------- the camera

class Sender:
    """Hands frames over at their moments while somebody watches, from a key frame on."""

    def __init__(self, clip, origin, media):
        self.clip, self.origin, self.playing, self.ended = clip, origin, threading.Event(), False
        self.source = media.get_element().get_by_name("camera")
        media.connect("new-state", self.on_state)
        media.connect("unprepared", self.on_end)
        threading.Thread(target=self.run, daemon=True).start()

    def on_state(self, _, state):
        if state == PLAYING:
            self.playing.set()

    def on_end(self, _):
        self.ended = True
        self.playing.set()

    def push(self, index):
        return self.source.emit("push-buffer", Gst.Buffer.new_wrapped(self.clip[index % len(self.clip)][1]))

    def run(self):
        self.push(0)  # from which the server knows what it sends
        self.playing.wait()
        period = 1_000_000_000 // RATE
        index = (time.monotonic_ns() - self.origin) // period + 1
        while not self.clip[index % len(self.clip)][0]:
            index += 1
        while not self.ended:
            wait = self.origin + index * period - time.monotonic_ns()
            if wait > 0:
                time.sleep(wait / 1e9)
            if self.push(index) != Gst.FlowReturn.OK:
                return
            index += 1


def serve(options):
    clip, origin = read_clip(options.clip), time.monotonic_ns()
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(options.port))
    for i in range(options.streams):
        factory = GstRtspServer.RTSPMediaFactory(shared=True)
        factory.set_launch(SENDER)
        factory.connect("media-configure", lambda _, media: Sender(clip, origin, media))
        server.get_mount_points().add_factory(f"/{i}", factory)
    server.attach(None)
    length = len(clip) * (1_000_000_000 // RATE)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/0 {origin} {length}", flush=True)
    GLib.MainLoop().run()


def main():
    parser = argparse.ArgumentParser(description="A camera for measurements.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("clip")
    making.add_argument("pictures", nargs=2)
    making.add_argument("--size", default="1920x1080")
    making.add_argument("--seconds", type=int, default=20)
    serving = commands.add_parser("serve")
    serving.add_argument("clip")
    serving.add_argument("--port", type=int, default=0)
    serving.add_argument("--streams", type=int, default=1)
    options = parser.parse_args()
    Gst.init(None)
    {"make": make, "serve": serve}[options.command](options)


if __name__ == "__main__":
    main()
