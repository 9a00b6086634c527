"""libvultus through ctypes: as much of it as the comparison with the peers needs.

    engine = Engine(library, detector="dlib/hog", threads=1)
    picture = engine.picture(rgb)           # numpy, height x width x 3, uint8
    faces = engine.detect(picture)          # [Face]; a Face's box, landmarks, shape, score
"""

import ctypes as c
import pathlib

LANDMARKS, SHAPE = 5, 68


class Error(c.Structure):
    _fields_ = [("code", c.c_int), ("message", c.c_char * 252)]


class Pixels(c.Structure):
    _fields_ = [("data", c.c_void_p), ("width", c.c_uint32), ("height", c.c_uint32),
                ("stride", c.c_size_t), ("format", c.c_int)]


class Face(c.Structure):
    _fields_ = [("box", c.c_float * 4), ("landmarks", c.c_float * (2 * LANDMARKS)),
                ("score", c.c_float), ("quality", c.c_float * 9), ("shape_count", c.c_size_t),
                ("shape", c.c_float * (2 * SHAPE))]


class Faces(c.Structure):
    _fields_ = [("items", c.POINTER(Face)), ("count", c.c_size_t)]


class EngineOptions(c.Structure):
    _fields_ = [("models", c.c_char_p), ("detector", c.c_char_p), ("embedder", c.c_char_p),
                ("threads", c.c_uint), ("pipeline", c.c_char_p), ("landmarks", c.c_char_p),
                ("attributes", c.c_char_p), ("detect_only", c.c_bool), ("calibration", c.c_char_p),
                ("liveness", c.c_char_p)]


class DetectOptions(c.Structure):
    _fields_ = [("min_face", c.c_float), ("thresholds", c.c_float * 3), ("max_faces", c.c_size_t),
                ("upsample", c.c_uint), ("scale_factor", c.c_float), ("min_neighbors", c.c_uint)]


class VultusError(Exception):
    """What the library said."""


def find_library(build):
    """build/lib/libvultus.so*, of a build folder."""
    found = sorted(pathlib.Path(build, "lib").glob("libvultus.so*"))
    if not found:
        raise VultusError(f"{build} has no libvultus.so; run: cmake --build --preset release")
    return c.CDLL(str(found[0]))


class Engine:
    """One engine; close it when done."""

    def __init__(self, library, threads=1, **parts):
        library.vultus_image_free.argtypes = [c.c_void_p]
        library.vultus_engine_close.argtypes = [c.c_void_p]
        library.vultus_engine_dimension.argtypes = [c.c_void_p]
        library.vultus_engine_dimension.restype = c.c_size_t
        library.vultus_embeddings_free.argtypes = [c.c_void_p, c.c_size_t]
        library.vultus_face_whole.argtypes = [c.c_void_p, c.c_void_p]
        library.vultus_face_whole.restype = Face
        self.library, self.handle = library, c.c_void_p()
        options = EngineOptions(threads=threads,
                                **{name: value.encode() for name, value in parts.items() if value})
        self._call("vultus_engine_open", c.byref(options), c.byref(self.handle))

    def _call(self, function, *arguments):
        error = Error()
        if getattr(self.library, function)(*arguments, c.byref(error)):
            raise VultusError(error.message.decode("utf-8", "replace"))

    def close(self):
        self.library.vultus_engine_close(self.handle)

    def picture(self, rgb):
        """A picture over the pixels of a C-contiguous array, which must stay."""
        height, width = rgb.shape[:2]
        pixels = Pixels(rgb.ctypes.data, width, height, 0, 0)
        image = c.c_void_p()
        self._call("vultus_image_wrap", c.byref(pixels), c.byref(image))
        return image

    def free(self, picture):
        self.library.vultus_image_free(picture)

    def detect(self, picture, **options):
        faces = Faces()
        self._call("vultus_detect", self.handle, picture, c.byref(DetectOptions(**options)),
                   c.byref(faces))
        found = [Face.from_buffer_copy(faces.items[i]) for i in range(faces.count)]
        self.library.vultus_faces_clear(c.byref(faces))
        return found

    def whole(self, picture):
        return self.library.vultus_face_whole(self.handle, picture)

    def find_shape(self, picture, face):
        self._call("vultus_find_shape", self.handle, picture, c.byref(face))
        return [(face.shape[2 * i], face.shape[2 * i + 1]) for i in range(face.shape_count)]

    def embed(self, picture, faces):
        """One list of floats for each face."""
        array, out = (Face * len(faces))(*faces), c.POINTER(c.c_float)()
        self._call("vultus_embed", self.handle, picture, array, c.c_size_t(len(faces)), None,
                   c.byref(out))
        size = self.library.vultus_engine_dimension(self.handle)
        rows = [out[i * size:(i + 1) * size] for i in range(len(faces))]
        self.library.vultus_embeddings_free(out, len(faces) * size)
        return rows
