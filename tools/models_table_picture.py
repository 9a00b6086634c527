"""A picture of 640 x 480 pixels with faces, cut out of WIDER FACE with libvultus: for models_table.py."""

import ctypes
import os

WIDTH, HEIGHT = 640, 480
FACE = 40  # pixels of height that every face in the cut has at least: all detectors can find it
FACES = range(2, 5)


class Pixels(ctypes.Structure):
    """vultus_pixels"""
    _fields_ = [("data", ctypes.c_void_p), ("width", ctypes.c_uint32), ("height", ctypes.c_uint32),
                ("stride", ctypes.c_size_t), ("format", ctypes.c_int)]


class Error(ctypes.Structure):
    """vultus_error"""
    _fields_ = [("code", ctypes.c_int), ("message", ctypes.c_char * 252)]


def read_truth(path):
    """(file, [[x, y, width, height, ...]]) of WIDER FACE's list."""
    lines = iter(path.read_text().splitlines())
    for name in lines:
        count = int(next(lines))
        yield name, [list(map(int, next(lines).split())) for _ in range(max(count, 1))]


def faces_inside(faces, left, top):
    """How many faces lie in the cut; 0 when one is too small or cut through."""
    count = 0
    for x, y, width, height in (face[:4] for face in faces):
        touches = left - width < x < left + WIDTH and top - height < y < top + HEIGHT
        inside = left <= x <= left + WIDTH - width and top <= y <= top + HEIGHT - height
        if touches and (not inside or height < FACE):
            return 0
        count += inside
    return count


class Library:
    """The functions of libvultus that cut a picture."""

    def __init__(self, path):
        self.vultus = ctypes.CDLL(str(path))
        self.vultus.vultus_image_pixels.restype = Pixels
        self.vultus.vultus_image_pixels.argtypes = [ctypes.c_void_p]
        self.vultus.vultus_image_free.argtypes = [ctypes.c_void_p]
        self.vultus.vultus_image_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

    def made(self, function, *arguments):
        image, error = ctypes.c_void_p(), Error()
        if function(*arguments, ctypes.byref(image), ctypes.byref(error)):
            raise OSError(error.message.decode(errors="replace"))
        return image

    def read(self, path):
        return self.made(self.vultus.vultus_image_read, os.fsencode(path), None)

    def cut(self, image, left, top, path):
        pixels = self.vultus.vultus_image_pixels(image)
        rows = b"".join(ctypes.string_at(pixels.data + (top + y) * pixels.stride + 3 * left, 3 * WIDTH)
                        for y in range(HEIGHT))
        part = Pixels(ctypes.cast(ctypes.c_char_p(rows), ctypes.c_void_p), WIDTH, HEIGHT, 0, 0)
        copy, error = self.made(self.vultus.vultus_image_wrap, ctypes.byref(part)), Error()
        if self.vultus.vultus_image_write(copy, os.fsencode(path), ctypes.byref(error)):
            raise OSError(error.message.decode(errors="replace"))
        self.vultus.vultus_image_free(copy)


def cut_picture(library_path, truth, target):
    """Writes the middle of the first picture whose middle has two to four whole faces; returns how many."""
    library = Library(library_path)
    for name, faces in read_truth(truth):
        image = library.read(truth.parent / "images" / name)
        size = library.vultus.vultus_image_pixels(image)
        left, top = (size.width - WIDTH) // 2, (size.height - HEIGHT) // 2
        count = faces_inside(faces, left, top) if left >= 0 and top >= 0 else 0
        if count in FACES:
            library.cut(image, left, top, target)
        library.vultus.vultus_image_free(image)
        if count in FACES:
            return count
    raise OSError(f"{truth.name}: no picture with two to four faces in its middle")
